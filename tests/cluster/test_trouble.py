"""What a cluster does to runs: cancelled jobs, a Snakemake that is killed, a node that goes down."""

import pytest

from . import slurm
from .conftest import Project, assert_same_mosaic

PRODUCTS = ("P", "Q", "R")


@pytest.fixture(scope="module")
def project(few, tmp_path_factory):
    """Three products; each test does some of their work."""
    project = Project(tmp_path_factory.mktemp("trouble") / "here")
    project.configure(associations=[project.associate(name, few) for name in PRODUCTS])
    return project


def running(project, count):
    """Numbers of the running jobs, once there are some."""
    return slurm.wait_until(
        lambda: len(numbers := slurm.queue(project.folder, "RUNNING")) >= count and numbers, f"{count} running jobs"
    )


def completed(project):
    """Names of the jobs that have ended well, one for each time."""
    return [job.name for job in project.jobs() if job.state == "COMPLETED"]


def finish(project, local_mosaic, *words):
    """Give the same command again and insist on its mosaics: names of the jobs that it submitted."""
    before = len(project.jobs())
    code, output = project.run(*words)
    assert code == 0, output[-3000:]
    assert "3 of 3 products are complete." in output
    for name in PRODUCTS:
        assert_same_mosaic(project.mosaic(name), local_mosaic)
    return [job.name for job in project.jobs()[before:]]


def test_after_scancel_only_what_is_missing_runs(project, local_mosaic):
    process = project.start("--retries", "0")
    slurm.wait_until(lambda: len(completed(project)) >= 3, "the first jobs to end")
    slurm.cancel(running(project, 3)[:1])
    slurm.wait_until(lambda: "Error in" in project.output(), "Snakemake to notice")
    slurm.cancel(running(project, 1))
    slurm.wait_until(lambda: process.poll() is not None or slurm.cancel(slurm.queue(project.folder)), "the run's end")
    assert process.returncode == 1
    assert "0 of 3 products are complete." in project.output()
    done = completed(project)
    assert not set(done) & set(finish(project, local_mosaic))


def test_after_kill_of_snakemake_nothing_is_lost(project, local_mosaic):
    project.forget(PRODUCTS)
    before = len(project.jobs())
    slurm.set_node("node2", "drain")
    try:
        process = project.start()
        running(project, 2)
        slurm.wait_until(lambda: slurm.queue(project.folder, "PENDING"), "a job that waits")
    finally:
        process.kill()
        process.wait()
        slurm.set_node("node2", "resume")
    slurm.wait_until(lambda: not slurm.queue(project.folder), "the end of the jobs that were left alone")
    done = [job.name for job in project.jobs()[before:] if job.state == "COMPLETED"]
    assert len(done) == 3
    code, output = project.run()
    assert code == 1 and "--unlock" in output
    project.run("--unlock")
    assert not set(done) & set(finish(project, local_mosaic))


def test_node_that_goes_down_does_not_end_the_run(project, local_mosaic):
    project.forget(PRODUCTS)
    before = len(project.jobs())
    process = project.start()
    try:
        running(project, 3)
        lost = [job.id for job in project.jobs()[before:] if job.node == "node2" and job.state == "RUNNING"]
        assert lost
        slurm.break_node("node2", lost)
        assert process.wait(timeout=600) == 0, project.output()[-3000:]
    finally:
        process.kill()
        slurm.control("start")
    assert "3 of 3 products are complete." in project.output()
    for name in PRODUCTS:
        assert_same_mosaic(project.mosaic(name), local_mosaic)
    ends = {job.id: (job.state, job.node) for job in project.jobs()}
    assert all(ends[number] == ("COMPLETED", "node1") for number in lost)
