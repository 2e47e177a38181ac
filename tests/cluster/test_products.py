"""Many products at once, one of which cannot be made. `make test-products` runs fifty."""

import os
import shutil

import pytest

from . import slurm
from .conftest import Project, assert_same_mosaic

COUNT = int(os.environ.get("PRODUCTS", "6"))
GOOD = [f"P{number:02d}" for number in range(1, COUNT)]


@pytest.fixture(scope="module")
def survey(few, tmp_path_factory):
    """A run over all products: the project, its exit code and output."""
    folder = tmp_path_factory.mktemp("survey")
    broken = folder / "broken_cal.asdf"
    shutil.copy(few[0], broken)
    with broken.open("r+b") as file:
        file.truncate(broken.stat().st_size // 2)
    project = Project(folder / "here")
    associations = [project.associate(name, few) for name in GOOD]
    project.configure(associations=[*associations, project.associate("BAD", [*few, broken])])
    code, output = project.run()
    return project, code, output


def test_one_failing_product_does_not_stop_the_others(survey, local_mosaic):
    project, code, _ = survey
    assert code == 1
    for name in GOOD:
        assert_same_mosaic(project.mosaic(name), local_mosaic)
        assert project.result(name, "_i2d.png").exists()
    assert not project.result("BAD", "_i2d.asdf").exists()


def test_summary_names_what_failed_and_its_log(survey):
    project, _, output = survey
    _, _, summary = output.partition(f"{COUNT - 1} of {COUNT} products are complete.\n")
    product, words, log = summary.splitlines()[:3]
    assert product == "BAD is not:"
    assert "broken_cal.asdf" in words
    assert words.strip() in (project.folder / log.split()[-1]).read_text()


def test_both_nodes_work_and_are_kept_busy(survey):
    jobs = [job for job in survey[0].jobs() if job.state == "COMPLETED"]
    assert {job.node for job in jobs} == slurm.NODES
    span = max(job.end for job in jobs) - min(job.start for job in jobs)
    cpus = 2 * os.cpu_count()
    busy = sum((job.end - job.start) * job.cpus for job in jobs) / (span * cpus)
    print(f"{len(jobs)} jobs in {span:.0f} s kept {100 * busy:.0f} % of {cpus} CPUs busy")
    assert busy > 0.3
