"""Runs that are stopped anywhere, started twice, or whose input changes: the mosaic is the same, or there is none."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from fnmatch import fnmatch

import pytest

from .bad_files import spoil, update
from .conftest import arrays_of, told


def wait_until(condition, process, seconds=900):
    """Wait for something that a run does: whether it came before the run's end."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def jobs_of(process):
    """Numbers of the processes that run a rule's script, of the group of a snakemake."""
    found = subprocess.run(
        ["pgrep", "-g", str(process.pid), "-f", r"^[^ ]*python[^ ]* [^ ]*\.snakemake/scripts/"],
        capture_output=True,
        text=True,
    )
    return [int(number) for number in found.stdout.split() if int(number) != process.pid]


FINISHED = ("P*.*", "survey_*.*", "r*.asdf")


def files_of(run):
    """What is finished: set of names. Folders may go while they are walked through, as scratch does."""
    names = {name for _, _, files in os.walk(run.folder / "results") for name in files}
    return {name for name in names for pattern in FINISHED if fnmatch(name, pattern)}


def moments(seed):
    """Five random moments of a run: so many steps are finished, and so many seconds later."""
    dice = random.Random(seed)
    return [(steps, dice.uniform(0, 1)) for steps in sorted(dice.sample(range(9), 5))]


def kill_at(run, process, moment, victims):
    """Kill the first of some processes at a moment: whether the run still went on."""
    steps, later = moment
    wait_until(lambda: len(files_of(run)) >= steps and jobs_of(process), process)
    end = time.monotonic() + later
    wait_until(lambda: time.monotonic() > end, process)
    while process.poll() is None:
        for number in victims(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
                return True
    return False


def wait_for_jobs(processes, seconds=900):
    """Wait for the jobs of snakemakes that are no more."""
    end = time.monotonic() + seconds
    while any(jobs_of(process) for process in processes):
        assert time.monotonic() < end
        time.sleep(0.1)


def kill_group(process):
    """End everything of a run."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def ended():
    """Start runs that are over when the test is."""
    started = []
    yield started.append
    for process in started:
        kill_group(process)


IN_FIELD = pytest.mark.parametrize("config", [{}, {"field": "survey"}], ids=["alone", "in a field"])


@IN_FIELD
def test_snakemake_killed_five_times(run, members, undisturbed, ended, config):
    run.associate({"P": members}, **config)
    killed = []
    for moment in moments(1):
        process = run.start()
        ended(process)
        killed.append(process)
        assert kill_at(run, process, moment, lambda process: [process.pid])
        process.wait()
        # Its jobs outlive it, and run beside those that repeat them.
        run.finish("--unlock")
    run.finish()
    wait_for_jobs(killed)
    assert arrays_of(run.mosaic()) == undisturbed
    assert not run.unfinished()


@IN_FIELD
def test_jobs_killed_five_times(run, members, undisturbed, ended, config):
    run.associate({"P": members}, **config)
    for moment in moments(2):
        process = run.start()
        ended(process)
        assert kill_at(run, process, moment, jobs_of)
        assert process.wait(timeout=900) == 1
        assert told(run.output.read_text(), "ended from outside"), run.output.read_text()[-2000:]
    run.finish()
    assert arrays_of(run.mosaic()) == undisturbed
    assert not run.unfinished()


def test_lock_of_a_killed_snakemake_says_how_to_go_on(run, ended):
    process = run.start()
    ended(process)
    assert wait_until(lambda: jobs_of(process), process)
    kill_group(process)
    code, output = run.run()
    assert code == 1 and "--unlock" in output


def test_ctrl_c(run, undisturbed, ended):
    process = run.start()
    ended(process)
    assert wait_until(lambda: files_of(run) and jobs_of(process), process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=900) != 0
    assert not run.mosaic().exists() and not run.unfinished()
    run.finish()
    assert arrays_of(run.mosaic()) == undisturbed


@IN_FIELD
def test_second_run_in_the_same_folder_is_told_so(run, members, undisturbed, ended, config):
    run.associate({"P": members}, **config)
    process = run.start()
    ended(process)
    assert wait_until(lambda: jobs_of(process), process)
    second = run.start(output=run.folder / "second.txt")
    ended(second)
    assert second.wait(timeout=900) == 1
    assert "Directory cannot be locked" in (run.folder / "second.txt").read_text()
    assert process.wait(timeout=900) == 0
    assert arrays_of(run.mosaic()) == undisturbed


def test_input_replaced_during_the_run_is_noticed(run, members, tmp_path, ended):
    copies = [tmp_path / path.name for path in members]
    for copy, path in zip(copies, members, strict=True):
        shutil.copy2(path, copy)
    run.associate({"P": copies})
    run.finish("results/P/P_outlier_grid.asdf", "results/P/P_sky.json")
    # With the old time, as `mv` of another version keeps it: Snakemake sees nothing.
    times = copies[1].stat()
    spoil(copies[1], update("exposure", effective_exposure_time=100.0))
    os.utime(copies[1], ns=(times.st_atime_ns, times.st_mtime_ns))
    code, output = run.run("--rerun-triggers", "params")
    assert code == 1
    assert told(output, copies[1].name, "has changed since the grid was defined", "--forcerun define_grid")
    assert not run.mosaic().exists()
    run.finish("--forcerun", "define_grid")
    assert run.mosaic().exists()
