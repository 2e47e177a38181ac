"""What a run says of itself: rules, members done out of all, and what is left."""

import logging
import re

import pytest
from wfimosaic.workflow.progress import Progress
from wfimosaic.workflow.rule_costs import COSTS

STATS = {"define_grid": 1, "match_sky": 1, "subtract_sky": 12, "resample": 1, "all": 1, "total": 16}


class Run:
    """A run whose jobs end when they are told to."""

    def __init__(self, stats=STATS):
        self.time, self.said, self.started = 0.0, [], 0
        self.progress = Progress(members=12, frame=16.7, say=self.said.append, now=lambda: self.time)
        self.log(event="run_info", stats=stats)

    def log(self, **event):
        record = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
        record.__dict__.update(event)
        self.progress.handle(record)

    def job(self, rule, seconds):
        self.started += 1
        self.log(event="job_info", jobid=self.started, rule_name=rule)
        self.time += seconds
        self.log(event="job_finished", job_id=self.started)


def left(line):
    return int(re.search(r"about (\d+) s left", line)[1])


def test_rules_and_members_are_counted():
    run = Run()
    run.job("define_grid", 6)
    run.job("match_sky", 6)
    for _ in range(3):
        run.job("subtract_sky", 6)
    assert [line.split(";")[0] for line in run.said] == [
        "define_grid: 1 of 1 jobs done",
        "match_sky: 1 of 1 jobs done",
        *(f"subtract_sky: {k} of 12 members done" for k in (1, 2, 3)),
    ]


def test_what_is_left_follows_the_machine():
    # A run that takes a third of the time that the costs say for one core, as it does on three.
    seconds = {rule: Run().progress._work(rule) / 3 for rule in STATS if rule in COSTS}
    run = Run()
    for rule in seconds:
        for _ in range(STATS[rule]):
            lines = len(run.said)
            run.job(rule, seconds[rule])
            if len(run.said) > lines:
                rest = sum(STATS[name] * value for name, value in seconds.items()) - run.time
                assert left(run.said[-1]) == pytest.approx(rest, abs=1)


def test_lines_are_few_and_the_end_needs_none():
    run = Run({"subtract_sky": 1000, "total": 1000})
    for _ in range(1000):
        run.job("subtract_sky", 0.1)
    assert 15 <= len(run.said) <= 20
    run = Run({"subtract_sky": 1, "total": 1})
    run.job("subtract_sky", 100)
    assert run.said == []


def test_other_events_are_let_pass():
    run = Run()
    run.log(event="progress", done=1, total=2)
    run.log(event=None)
    run.log(event="job_finished", job_id=77)
    assert run.said == []
