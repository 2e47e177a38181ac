"""The most memory that Slurm jobs on this machine hold at any moment.

Slurm's accounting looks once a second, and so misses what jobs of a few seconds take for a moment.
"""

import re
import threading
from contextlib import suppress

import psutil

INTERVAL = 0.1


class MemoryWatch(threading.Thread):
    """Add up, ten times a second, the resident memory of all processes of each job.

    `peaks` holds the largest sum [MB] by the job's number. As in Slurm's sums, pages that processes
    share count in each of them.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks, self._end = {}, threading.Event()

    def run(self):
        while not self._end.wait(INTERVAL):
            for process in psutil.process_iter(["cmdline"]):
                step = re.match(r"slurmstepd: \[(\d+)\.", " ".join(process.info["cmdline"] or []))
                if step:
                    number = int(step[1])
                    self.peaks[number] = max(self.peaks.get(number, 0), _resident(process))

    def stop(self):
        """Stop looking."""
        self._end.set()
        self.join()


def _resident(process):
    total = 0
    with suppress(psutil.Error):  # It has ended.
        for child in process.children(recursive=True):
            with suppress(psutil.Error):
                total += child.memory_info().rss
    return total / 2**20
