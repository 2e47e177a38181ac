"""Snakemake's list of the jobs that remain is made only when it is read."""

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler
from wfimosaic.workflow.remaining_jobs import list_remaining_when_read


class Scheduler:
    """A scheduler that counts how often it goes through its jobs."""

    def __init__(self, jobs):
        self.jobs, self.walks = jobs, 0

    @property
    def remaining_jobs(self):
        self.walks += 1
        return list(self.jobs)


@pytest.fixture
def scheduler():
    scheduler = Scheduler(["a", "b"])
    list_remaining_when_read(scheduler)
    return scheduler


def test_it_is_not_made_for_one_who_does_not_read_it(scheduler):
    remaining = scheduler.remaining_jobs
    assert scheduler.walks == 0
    assert list(remaining) == ["a", "b"] and remaining[1] == "b" and len(remaining) == 2 and "a" in remaining
    assert scheduler.walks == 1


def test_it_is_as_it_was_when_it_was_asked_for_anew(scheduler):
    assert scheduler.remaining_jobs
    scheduler.jobs = []
    assert not scheduler.remaining_jobs


def test_other_schedulers_stay_as_they_are(scheduler):
    other = Scheduler(["a"])
    assert other.remaining_jobs == ["a"] and isinstance(scheduler, Scheduler)


def test_snakemake_still_has_such_a_list():
    assert isinstance(JobScheduler.remaining_jobs, property)
