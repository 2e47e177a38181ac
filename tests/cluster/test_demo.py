"""The demo on Slurm: the same mosaic, and what happens when a job asks for too little memory."""

import pytest

from . import slurm
from .conftest import assert_same_mosaic

PRODUCT = "demo_f158"
DEMO = "config/demo_asn.json"


@pytest.fixture(scope="module")
def local(new_project):
    """The demo, whose run on this machine has begun."""
    project = new_project("local")
    project.configure(associations=[DEMO])
    project.start(profile=None)
    return project


@pytest.fixture(scope="module")
def demo(local, survey, new_project):
    """The demo run on Slurm, and its jobs; the survey uses the time in which this one waits."""
    project = new_project("demo")
    project.configure(associations=[DEMO])
    code, output = project.run()
    assert code == 0, output[-3000:]
    return project, project.jobs()


@pytest.fixture(scope="module")
def again(demo):
    """The demo run once more with another pixfrac and too little memory for resample: output and new jobs."""
    project, before = demo
    project.configure(associations=[DEMO], resample={"pixfrac": 0.8})
    code, output = project.run("--set-resources", "resample:mem_mb=300*attempt")
    assert code == 0, output[-3000:]
    return output, project.jobs()[len(before) :], project


def test_mosaic_is_that_of_a_local_run(demo, local):
    code, output = local.wait()
    assert code == 0, output[-3000:]
    assert_same_mosaic(demo[0].mosaic(PRODUCT), local.mosaic(PRODUCT))


def test_members_share_jobs(demo):
    names = [job.name for job in demo[1]]
    assert len(names) == 8
    assert sum("subtract_sky" in name for name in names) == sum("flag_outliers" in name for name in names) == 1


def test_jobs_ask_for_what_they_need_and_at_most_twice_that(demo):
    for job in demo[1]:
        assert job.state == "COMPLETED"
        assert job.used <= job.asked <= 2 * job.used, job


def test_change_of_pixfrac_submits_resample_and_its_picture_alone(again):
    assert {job.name for job in again[1]} == {
        f"rule_resample_wildcards_{PRODUCT}",
        f"rule_pictures_{PRODUCT}_plot_mosaic",
    }


def test_job_without_enough_memory_is_killed_and_submitted_again_with_more(again):
    output, jobs, project = again
    first, *_, last = [job for job in jobs if "resample" in job.name]
    assert (first.state, last.state) == ("FAILED", "COMPLETED")
    assert first.asked == 300 and last.asked > 300
    assert "Trying to restart job" in output
    log = next(project.folder.glob(f".snakemake/slurm_logs/rule_resample/*/{first.id}.log"))
    assert "Exceeded job memory limit" in log.read_text()
    assert "1 of 1 products are complete." in output
    assert not slurm.queue(project.folder)
