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


def in_queue(project, count, state, rule):
    """Wait for jobs of a rule that wait or run: dict of their numbers to their nodes."""
    return slurm.wait_until(
        lambda: len(found := slurm.queue(project.folder, state, rule)) >= count and found,
        f"{count} {state} jobs of {rule}",
    )


def until_queue_is_empty(project):
    """Wait for the end of all jobs."""
    slurm.wait_until(lambda: not slurm.queue(project.folder), "the end of all jobs")


def completed(project):
    """Names of the jobs that have ended well, one for each time."""
    return [job.name for job in project.jobs() if job.state == "COMPLETED"]


def test_scancel_of_one_job_and_then_of_all_ends_the_run(project):
    process = project.start("--retries", "0")
    numbers = in_queue(project, 3, "RUNNING", "subtract_sky")
    slurm.cancel(list(numbers)[:1])
    slurm.wait_until(lambda: "Error in group" in project.output(), "Snakemake to notice")
    assert process.poll() is None
    slurm.wait_until(lambda: process.poll() is not None or slurm.cancel(slurm.queue(project.folder)), "the run's end")
    assert process.returncode == 1
    assert "0 of 3 products are complete." in project.output()
    assert sum("match_sky" in name for name in completed(project)) == 3


def test_snakemake_is_killed_and_its_jobs_go_on(project):
    slurm.set_node("node2", "drain")
    try:
        process = project.start()
        in_queue(project, 1, "RUNNING", "")
        in_queue(project, 1, "PENDING", "")
        process.kill()
        process.wait()
    finally:
        slurm.set_node("node2", "resume")
    until_queue_is_empty(project)
    code, output = project.run()
    assert code == 1 and "--unlock" in output
    assert project.run("--unlock")[0] == 0


def test_node_goes_down_and_the_run_ends_well(project, local_mosaic):
    project.start()
    nodes = in_queue(project, 3, "RUNNING", "flag_outliers")
    lost = [number for number, node in nodes.items() if node == "node2"]
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
    assert lost and all(ends[number] == ("COMPLETED", "node1") for number in lost)


def test_nothing_that_was_done_ran_twice(project):
    names = completed(project)
    assert len(set(names)) == len(names) == 6 * len(PRODUCTS)
