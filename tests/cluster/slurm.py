"""A throw-away Slurm of two virtual nodes on this machine: start it, ask it, break it, stop it."""

import os
import subprocess
import time
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

import psutil

SCRIPT = Path(__file__).with_name("slurm-local.sh")
PIDS = Path("/var/lib/slurm-local/run")
CONFIG = Path("/etc/slurm/slurm.conf")
ACCOUNT, PARTITION = "test", "main"
NODES = {"node1", "node2"}

# What Slurm's accounting knows of a job: memory in MB, times in seconds since 1970, CPU time in seconds, or None.
Job = namedtuple("Job", "id name state node cpus asked used start end cpu_time")


def why_not():
    """Return why Slurm cannot be started here, or None."""
    if os.geteuid() != 0:
        return "only root can start it"
    if not Path("/etc/debian_version").exists():
        return "it is installed from Debian's packages"
    if CONFIG.exists() and "slurm-local.sh" not in CONFIG.read_text():
        return f"{CONFIG} is of another Slurm"
    try:
        control("install")
    except subprocess.CalledProcessError:
        return "Debian's packages of it cannot be installed"
    return None


def control(verb):
    """Install, start or stop all daemons; each may be repeated."""
    subprocess.run(["bash", SCRIPT, verb], check=True)


def jobs(folder, since):
    """The jobs of a folder after a time [s since 1970], by the accounting: list of Job in the order of submission."""
    fields = "JobIDRaw,Comment,State,NodeList,AllocCPUS,ReqMem,MaxRSS,Start,End,TotalCPU,WorkDir"
    start = f"now-{time.time() - since:.0f}seconds"
    words = ["sacct", "--noheader", "--parsable2", "--units=M", f"--starttime={start}", f"--format={fields}"]
    text = _ask(*words, env={**os.environ, "SLURM_TIME_FORMAT": "%s"})
    found, used = {}, {}
    for line in text.splitlines():
        number, name, state, node, cpus, asked, rss, start, end, cpu_time, workdir = line.split("|")
        number, _, step = number.partition(".")
        number = int(number)
        if step:
            used[number] = max(used.get(number, 0), _number(rss) or 0)
        elif workdir == str(folder):
            state = state.split()[0]  # "CANCELLED by 0"
            times = (_number(start), _number(end), _seconds(cpu_time))
            found[number] = Job(number, name, state, node, int(cpus), _number(asked), None, *times)
    return [job._replace(used=used.get(number)) for number, job in sorted(found.items())]


def queue(folder, state=None, name=""):
    """The jobs from a folder that wait or run (or are in one state, or have a word in their name).

    Returns
    -------
    dict of int to str
        The node of each job's number.
    """
    lines = _ask("squeue", "--noheader", "--format=%i|%T|%N|%k|%Z").splitlines()
    rows = [line.split("|") for line in lines]
    return {
        int(number): node
        for number, found, node, comment, workdir in rows
        if workdir == str(folder) and state in (None, found) and name in comment
    }


def cancel(numbers):
    """Cancel those of the jobs that have not ended by now."""
    if numbers:
        subprocess.run(["scancel", *map(str, numbers)], check=False)


@contextmanager
def drained(*nodes):
    """Keep nodes from new jobs for a while."""
    try:
        for node in nodes:
            _ask("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
        yield
    finally:
        for node in nodes:
            _ask("scontrol", "update", f"nodename={node}", "state=resume")


def break_node(node, numbers):
    """End a node's daemon at once, and all processes of the jobs on it: the machine is gone."""
    os.kill(int((PIDS / f"slurmd-{node}.pid").read_text()), 9)
    steps = [f"slurmstepd: [{number}." for number in numbers]
    for process in psutil.process_iter(["cmdline"]):
        if any(" ".join(process.info["cmdline"] or []).startswith(step) for step in steps):
            for victim in [process, *process.children(recursive=True)]:
                victim.kill()


def wait_until(condition, what):
    """Ask again and again until a condition is true: what it gives. Gives up after three minutes and more."""
    for _ in range(600):
        answer = condition()
        if answer:
            return answer
        time.sleep(0.3)
    raise AssertionError(f"waited in vain for: {what}")


def _ask(*words, env=None):
    return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE, env=env).stdout


def _number(text):
    text = text.rstrip("M")
    return float(text) if text.replace(".", "", 1).isdigit() else None


def _seconds(text):
    # "1-02:03:04", "03:04.567"
    days, _, clock = text.rpartition("-")
    seconds = 86400 * int(days or 0)
    for power, part in enumerate(reversed(clock.split(":"))):
        seconds += 60**power * float(part)
    return seconds
