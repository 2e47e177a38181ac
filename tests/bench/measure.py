"""Run a command and measure what it takes: time, processor time and memory, its children's included."""

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.25


@dataclass
class Taken:
    """Wall and CPU seconds, and the system's part of these; most memory [MB] without mapped files.

    `largest` is the memory of any process, `total` that of all together.
    """

    wall: float
    cpu: float
    system: float
    largest: float
    total: float


def measure(command, log, cwd):
    """Run a command to its end.

    Parameters
    ----------
    command : list of str
    log : Path
        Where its output goes.
    cwd : Path

    Returns
    -------
    Taken

    Raises
    ------
    RuntimeError
        If it ends badly.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.monotonic()
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=cwd, stdout=file, stderr=subprocess.STDOUT, env=environment)
    watch = _Watch(process.pid)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: see {log}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_stime, watch.largest, watch.total)


class _Watch(threading.Thread):
    # Proportional set size of what is not backed by a file: mapped files are cache, and shared pages
    # count once.
    def __init__(self, pid):
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self.largest = self.total = 0.0

    def run(self):
        while not self._done.wait(INTERVAL):
            try:
                sizes = [_memory(p.pid) for p in [self._root, *self._root.children(recursive=True)]]
            except psutil.Error:
                return
            self.largest = max(self.largest, *sizes)
            self.total = max(self.total, sum(sizes))

    def stop(self):
        self._done.set()
        self.join()


def _memory(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = dict(line.split(":", 1) for line in lines if line.startswith("Pss_"))
    return sum(int(sizes.get(name, "0 kB").split()[0]) for name in ("Pss_Anon", "Pss_Shmem")) / 1024
