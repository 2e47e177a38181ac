"""Many products at once, one of which cannot be made. `make test-products` runs fifty."""

import os

import pytest

from . import slurm
from .conftest import COUNT, GOOD, assert_same_mosaic


@pytest.fixture(scope="module")
def ended(survey):
    """The survey at its end: the project, its exit code and output."""
    return (survey, *survey.wait(minutes=10 + COUNT))


def test_one_failing_product_does_not_stop_the_others(ended, local_mosaic):
    project, code, _ = ended
    assert code == 1
    for name in GOOD:
        assert_same_mosaic(project.mosaic(name), local_mosaic)
        assert project.result(name, "_i2d.png").exists()
    assert not project.result("BAD", "_i2d.asdf").exists()


def test_summary_names_what_failed_and_its_log(ended):
    project, _, output = ended
    _, _, summary = output.partition(f"{COUNT - 1} of {COUNT} products are complete.\n")
    product, words, log, *rest = summary.splitlines()
    assert product == "BAD is not:"
    assert "broken_cal.asdf" in words
    assert not any(line.startswith(" ") for line in rest)
    assert words.strip() in (project.folder / log.split()[-1]).read_text()


def test_both_nodes_work_and_are_kept_busy(ended):
    jobs = [job for job in ended[0].jobs() if job.state == "COMPLETED"]
    assert {job.node for job in jobs} == slurm.NODES
    cpus = len(slurm.NODES) * os.cpu_count()
    assert max(cpus_in_use(jobs, job.start) for job in jobs) == cpus
    span = max(job.end for job in jobs) - min(job.start for job in jobs)
    busy = sum((job.end - job.start) * job.cpus for job in jobs) / (span * cpus)
    print(f"{len(jobs)} jobs in {span:.0f} s kept {100 * busy:.0f} % of {cpus} CPUs busy")


def cpus_in_use(jobs, time):
    """Count the CPUs that jobs hold at a time."""
    return sum(job.cpus for job in jobs if job.start <= time < job.end)
