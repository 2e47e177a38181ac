"""Report during a run which rules are done for how many members, and about how long the rest will take."""

import logging
import time
from collections import Counter

from .duration import duration
from .rule_costs import COSTS, job_seconds

# Between two lines [s]: short runs have their say, long ones no flood.
PAUSE = 5


class Progress(logging.Handler):
    """Follows a run by what Snakemake logs, and adds a line of its own after jobs that end.

    Parameters
    ----------
    members : float
        Members of a product, on average.
    frame : float
        Megapixels of a member, on average.
    say : callable
        Takes a line of text.
    in_job : float
        Members that a job on members works on: in a field those of an exposure.
    now : callable
        Gives the time [s].

    Notes
    -----
    What is left is what was needed so far, times the ratio of the work that is left and that is done, in
    core seconds as `rule_costs` has them: so it follows the speed of the machine and its number of cores.
    """

    def __init__(self, members, frame, say, in_job=1, now=time.monotonic):
        super().__init__(logging.INFO)
        self.members, self.frame, self.say, self.in_job, self.now = members, frame, say, in_job, now
        self.wanted, self.done, self.rules = Counter(), Counter(), {}
        self.start = self.last = None

    def emit(self, record):
        """Follow one event of the log."""
        follow = getattr(self, f"_{getattr(record, 'event', None)}", None)
        if follow:
            follow(record)

    def _run_info(self, record):
        self.wanted = Counter({rule: count for rule, count in record.stats.items() if rule in COSTS})
        self.done, self.rules = Counter(), {}

    def _job_info(self, record):
        if self.start is None:
            self.start = self.last = self.now()
        self.rules[record.jobid] = record.rule_name

    def _job_finished(self, record):
        rule = self.rules.get(record.job_id)
        if rule not in self.wanted:
            return
        self.done[rule] += 1
        now = self.now()
        if now - self.last >= PAUSE and self.done != self.wanted:
            self.last = now
            self.say(self._line(rule, now - self.start))

    def _line(self, rule, elapsed):
        done, all_ = (
            sum(count * self._work(name) for name, count in jobs.items()) for jobs in (self.done, self.wanted)
        )
        what = "jobs" if COSTS[rule].shared else "members" if self.in_job == 1 else "exposures"
        return (
            f"{rule}: {self.done[rule]} of {self.wanted[rule]} {what} done; "
            f"the run: {100 * done / all_:.0f} %, about {duration(elapsed * (all_ - done) / done)} left"
        )

    def _work(self, rule):
        # Mosaics of dithered members have about half as many pixels as these.
        cost, megapixels = COSTS[rule], self.members * self.frame
        return job_seconds(cost, 1, megapixels if cost.shared else self.in_job * self.frame, megapixels / 2)
