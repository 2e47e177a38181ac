"""write_job_times: what a job took, of all of its processes."""

import csv
import subprocess
import sys

WORK = """
import subprocess, sys
from wfimosaic.workflow.job_times import write_job_times

subprocess.run([sys.executable, "-c", "kept = bytearray(200 * 2**20); sum(range(10**7))"], check=True)
write_job_times(sys.argv[1])
"""


def test_processes_that_have_ended_count_and_the_one_before_does_not(tmp_path):
    path = tmp_path / "times.tsv"
    _before = bytearray(500 * 2**20)
    subprocess.run([sys.executable, "-c", WORK, path], check=True)
    with path.open() as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    seconds, memory, cpu = (float(row[name]) for name in ("s", "max_rss", "cpu_time"))
    # The two of them one after the other, of which one has the memory and most of the work.
    assert 200 < memory < 400
    assert 0.05 < cpu < 1.5 * seconds + 0.2
