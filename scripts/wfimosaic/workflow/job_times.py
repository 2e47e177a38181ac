"""Write what a job took: its time, its processor time and its memory.

A `benchmark:` of Snakemake's would have its main process look at all processes of the machine twice a second for each
job that runs, which takes longer than all else that it does for a job.
"""

import os
import resource
import sys
import time
from pathlib import Path

# Python and Snakemake's lines before the script took at least the processor time that they used.
START = time.monotonic() - time.process_time()
# Of what the system tells of memory [bytes].
UNIT = 1 if sys.platform == "darwin" else 1024


def write_job_times(path):
    """Write a table of one row at the end of a job.

    Parameters
    ----------
    path : str
        The file: columns `s`, seconds since the job began; `max_rss`, most memory of the largest of its processes [MB];
        `cpu_time`, processor seconds of all its processes, workers that have ended among them.
    """
    memory = max(_own_memory(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT)
    row = (time.monotonic() - START, memory / 2**20, sum(os.times()[:4]))
    text = "\t".join(f"{value:.2f}" for value in row)
    Path(path).write_text(f"s\tmax_rss\tcpu_time\n{text}\n")


def _own_memory():
    # Linux counts in ru_maxrss what the process held that started this one, and Snakemake's can be large.
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
