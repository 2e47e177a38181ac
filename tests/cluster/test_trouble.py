"""What a cluster does to runs: cancelled jobs, a Snakemake that is killed, a node that goes down.

One run of three products meets all of it in turn; each test goes on where the one before has left it.
"""

import pytest

from . import slurm
from .conftest import assert_same_mosaic

PRODUCTS = ("P", "Q", "R")


@pytest.fixture(scope="module")
def project(few, new_project):
    """Three products of three members."""
    project = new_project("trouble")
    project.configure(associations=[project.associate(name, few) for name in PRODUCTS])
    return project


def running(project, rule=""):
    """Wait for running jobs of a rule: dict of their numbers to their nodes."""
    return slurm.wait_until(
        lambda: slurm.queue(project.folder, "RUNNING", rule), f"a job of {rule or 'any rule'} that runs"
    )


def completed(project):
    """Names of the jobs that have ended well, one for each time."""
    return [job.name for job in project.jobs() if job.state == "COMPLETED"]


def test_scancel_of_one_job_and_then_of_all_ends_the_run(project):
    process = project.start("--retries", "0")
    number, *_ = running(project, "subtract_sky")
    with slurm.drained(*slurm.NODES):  # What is submitted from now on waits, so that no product can be complete.
        slurm.cancel([number])
        slurm.wait_until(lambda: "Error in group" in project.output(), "Snakemake to notice that its job is cancelled")
        assert process.poll() is None
        slurm.wait_until(
            lambda: process.poll() is not None or slurm.cancel(slurm.queue(project.folder)),
            "the end of the run whose jobs are all cancelled",
        )
    assert process.returncode == 1
    assert "0 of 3 products are complete." in project.output()


def test_snakemake_is_killed_and_its_jobs_go_on(project):
    def both():
        return all(slurm.queue(project.folder, state) for state in ("PENDING", "RUNNING"))

    with slurm.drained("node2"):  # Three jobs on a node of two cores; what runs must be asked last.
        process = project.start()
        slurm.wait_until(both, "one job that waits and one that runs")
        process.kill()
        process.wait()
    slurm.wait_until(lambda: not slurm.queue(project.folder), "the end of the jobs whose Snakemake was killed")
    code, output = project.run()
    assert code == 1 and "--unlock" in output
    assert project.run("--unlock")[0] == 0


def test_node_goes_down_and_the_run_ends_well(project, local_mosaic):
    with slurm.drained("node1"):
        project.start()
        lost = running(project)
    assert set(lost.values()) == {"node2"}
    try:
        slurm.break_node("node2", lost)
        code, output = project.wait()
    finally:
        slurm.control("start")
    assert code == 0, output[-3000:]
    assert "3 of 3 products are complete." in output
    for name in PRODUCTS:
        assert_same_mosaic(project.mosaic(name), local_mosaic)
    ends = {job.id: (job.state, job.node) for job in project.jobs()}
    assert all(ends[number] == ("COMPLETED", "node1") for number in lost)


def test_nothing_that_was_done_ran_twice(project):
    names = completed(project)
    assert len(set(names)) == len(names) == 7 * len(PRODUCTS)
