"""workers: order, errors, and processes that die."""

import logging
import os
import signal
import subprocess
import sys

import pytest
from wfimosaic.errors import InputError
from wfimosaic.workers import run_in_workers


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


@pytest.mark.parametrize("workers", [1, 2, 50])
def test_results_come_in_the_tasks_order(workers, caplog):
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
def test_errors_of_a_task_come_through(workers):
    with pytest.raises(InputError, match=r"three\.asdf: is wrong"):
        list(run_in_workers(refuse, [(k,) for k in range(6)], workers, "member"))


def test_worker_that_the_system_ends_is_explained():
    with pytest.raises(InputError, match="the system ended a worker process, probably because memory ran out"):
        list(run_in_workers(die, [(k,) for k in range(6)], 2, "member"))


JOB = r"""
import os, time
from wfimosaic.workers import run_in_workers
def work(number):
    os.write(1, b"%d\n" % os.getpid())
    time.sleep(600)
list(run_in_workers(work, [(1,), (2,)], 2, "member"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_workers_of_a_killed_job_end_with_it():
    job = subprocess.Popen([sys.executable, "-c", JOB], stdout=subprocess.PIPE, text=True)
    workers = [int(job.stdout.readline()) for _ in range(2)]
    assert len(set(workers)) == 2
    job.kill()
    job.wait()
    # Their end closes the pipe; workers that wait for ever would keep it open.
    assert job.stdout.read() == ""
