"""Calibration: what every rule's job asks for, takes and uses on full frames. `make calibrate` prints it.

It takes a quarter of an hour, and so is no part of the suite; its name keeps it from being found.
`make calibrate FRAME=1024` does the same with smaller frames.
"""

import os
import shutil

import pytest
import yaml
from wfimosaic.grid.grid import read_grid
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.workflow.rule_costs import COSTS, job_seconds

from .conftest import PROFILE

EXPOSURES, DETECTORS, SIZE = (1, 2, 3), (1, 2, 3), int(os.environ.get("FRAME", "4088"))
PRODUCT = "P"
TARGETS = ("all", "report", "fits", "hips")


@pytest.fixture(scope="module")
def project(new_project):
    """Nine full frames, and a profile in which no jobs share a job of Slurm."""
    project = new_project("frames")
    names = [f"r0000101001001001001_{e:04d}_wfi{d:02d}_f158_cal.asdf" for e in EXPOSURES for d in DETECTORS]
    paths = [str(project.folder / name) for name in names]
    simulate_members(paths, shape=(SIZE, SIZE), workers=2)
    project.associate(PRODUCT, paths)
    profile = project.folder / PROFILE / "config.yaml"
    settings = yaml.safe_load(profile.read_text())
    del settings["groups"], settings["group-components"]
    profile.write_text(yaml.safe_dump(settings))
    yield project
    shutil.rmtree(project.folder)


# With smaller pixels the mosaic of full frames would need more memory than a virtual node has.
@pytest.mark.parametrize("ratio", [1.0, 0.7])
def test_every_rule_asks_for_what_it_uses_and_at_most_twice_that(project, ratio):
    before = len(project.jobs())
    project.configure(
        associations=[f"{PRODUCT}.json"],
        resample={"pixel_scale_ratio": ratio},
        outlier_detection={"save_intermediate_results": True},
    )
    code, output = project.run(*TARGETS)
    assert code == 0, output[-3000:]
    jobs = project.jobs()[before:]
    shape = read_grid(project.result(PRODUCT, "_mosaic_grid.asdf")).shape
    print(f"\n{len(EXPOSURES) * len(DETECTORS)} members of {SIZE} x {SIZE} pixels, a mosaic of {shape}\n")
    print(table(project, jobs, shape))
    wrong = [job for job in jobs if not job.used <= job.asked <= 2 * job.used]
    assert not wrong


def table(project, jobs, shape):
    """Compare, in Markdown, the jobs with `rule_costs`; of a rule's jobs the one that uses most."""
    lines = [
        "| rule | cores | MB used | asked | ratio | s | in rule_costs | s of its job | core s | in rule_costs |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for rule, cost in COSTS.items():
        own = [job for job in jobs if job.name.startswith(f"rule_{rule}_wildcards_")]
        if not own:
            continue
        job = max(own, key=lambda job: job.used)
        members = len(EXPOSURES) * len(DETECTORS) if cost.shared else 1
        pixels = members * SIZE**2 / 1e6, shape[0] * shape[1] / 1e6
        span, core_seconds = max(job.end - job.start for job in own), max(job.cpu_time for job in own)
        lines.append(
            f"| {rule} | {job.cpus} | {job.used:.0f} | {job.asked:.0f} | {job.asked / job.used:.2f} "
            f"| {seconds(project, rule)} | {job_seconds(cost, job.cpus, *pixels):.0f} | {span:.0f} "
            f"| {core_seconds:.1f} | {job_seconds(cost, 1, *pixels):.0f} |"
        )
    return "\n".join(lines)


def seconds(project, rule):
    """Most seconds that a rule took in any of its jobs, as its jobs wrote: str."""
    files = (project.folder / "results" / "benchmarks" / PRODUCT).rglob("*.tsv")
    own = [path for path in files if rule in (path.stem, path.parent.name)]
    return f"{max(float(path.read_text().splitlines()[1].split()[0]) for path in own):.0f}" if own else ""
