"""workers: order, errors, and processes that die."""

import logging
import os
import signal
import subprocess
import sys

import pytest
from wfimosaic import workers as workers_module
from wfimosaic.errors import InputError
from wfimosaic.workers import run_in_workers


@pytest.fixture(params=["fork", "spawn"])
def start_method(request, monkeypatch):
    """Linux's way of starting workers, and that of other systems."""
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("workers are forked on Linux alone")
    monkeypatch.setattr(workers_module, "START_METHOD", request.param)
    return request.param


def square(number):
    return number**2, os.getpid()


def refuse(number):
    if number == 3:
        raise InputError("three.asdf: is wrong")
    return number


def die(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_tasks_order(workers, caplog, start_method):
    with caplog.at_level(logging.INFO):
        results = list(run_in_workers(square, [(k,) for k in range(9)], workers, "block"))
    assert [value for value, _ in results] == [k**2 for k in range(9)]
    assert (os.getpid() in {pid for _, pid in results}) == (workers == 1)
    assert caplog.messages[0].startswith("block 1 of 9 done")
    assert caplog.messages[-1].startswith("block 9 of 9 done")


@pytest.mark.parametrize("workers", [1, 2])
def test_this_process_does_its_own_work_once_in_the_meantime(workers):
    done = []
    results = run_in_workers(square, [(k,) for k in range(4)], workers, "block", lambda: done.append(os.getpid()))
    assert [next(results)[0] for _ in range(4)] == [0, 1, 4, 9]
    assert done == [os.getpid()]


def test_error_in_the_meantime_ends_the_work():
    def fail():
        raise InputError("m.asdf: is wrong")

    with pytest.raises(InputError, match=r"m\.asdf: is wrong"):
        list(run_in_workers(square, [(k,) for k in range(4)], 2, "block", fail))


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_to_do_gives_nothing(workers):
    assert list(run_in_workers(square, [], workers, "block")) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_of_a_task_come_through(workers, start_method):
    with pytest.raises(InputError, match=r"three\.asdf: is wrong"):
        list(run_in_workers(refuse, [(k,) for k in range(6)], workers, "member"))


def test_worker_that_the_system_ends_is_explained(start_method):
    with pytest.raises(InputError, match="the system ended a worker process, probably because memory ran out"):
        list(run_in_workers(die, [(k,) for k in range(6)], 2, "member"))


TASKS = r"""
import logging, os, time, warnings
def wait(number):
    os.write(1, b"%d\n" % os.getpid())
    time.sleep(600)
def tell(number):
    logging.getLogger("wfimosaic").info("task %d is done", number)
    warnings.warn(f"task {number} is odd")
"""
# As Snakemake runs a script: under the script's own name, after lines that this file has not.
JOB = r"""
import sys
__file__ = sys.argv[1]
from wfimosaic import workers
from wfimosaic.workflow.job import job
import tasks
workers.START_METHOD = sys.argv[2]
class snakemake:
    rule, log = "rule", ["job.log"]
with job(snakemake):
    list(workers.run_in_workers(getattr(tasks, sys.argv[3]), [(1,), (2,)], 2, "member"))
    assert __file__ == sys.argv[1]
"""


@pytest.fixture
def start_job(tmp_path, start_method):
    """Start a job of two workers that call a function: Popen."""
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / "job.py").write_text(JOB)
    script = tmp_path / "rule.py"
    script.write_text("snakemake.input\n")

    def start(function):
        words = [sys.executable, "job.py", str(script), start_method, function]
        return subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    return start


def test_workers_of_a_script_write_to_its_log(start_job, tmp_path):
    job = start_job("tell")
    assert job.communicate()[0] == "" and job.returncode == 0
    log = (tmp_path / "job.log").read_text()
    for number in (1, 2):
        assert log.count(f"INFO task {number} is done") == 1
        assert log.count(f"UserWarning: task {number} is odd") == 1
    assert "INFO member 2 of 2 done" in log and log.rstrip().endswith("rule ends well")


def test_workers_of_a_killed_job_end_with_it(start_job):
    job = start_job("wait")
    workers = [int(job.stdout.readline()) for _ in range(2)]
    assert len(set(workers)) == 2
    job.kill()
    job.wait()
    # Their end closes the pipe; workers that wait for ever would keep it open.
    assert "Error" not in job.stdout.read()
