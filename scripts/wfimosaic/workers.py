"""Run many pieces of work in worker processes.

drizzle holds the interpreter lock, so that only processes use more than one core.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener

from .errors import InputError

log = logging.getLogger(__name__)

# Forked workers share what is imported already; elsewhere than on Linux forking is not safe.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"


def run_in_workers(function, tasks, workers, what, meanwhile=lambda: None):
    """Call a function for every task and yield the results in the tasks' order.

    Parameters
    ----------
    function : callable
        At the top of a module, so that it can be sent to another process.
    tasks : list of tuple
        Arguments of each call.
    workers : int
        Processes; with 1 everything runs in this one.
    what : str
        The unit of work, for the log: "member", "block".
    meanwhile : callable, optional
        Called once in this process when the workers have begun.

    Yields
    ------
    object
        What the function returned.

    Raises
    ------
    InputError
        Also when the system ends a worker, as it does when memory runs out.
    """
    start, total = time.monotonic(), len(tasks)
    for done, result in enumerate(_results(function, tasks, min(workers, total), meanwhile), 1):
        left = (time.monotonic() - start) * (total - done) / done
        log.info("%s %d of %d done, about %.0f s left", what, done, total, left)
        yield result


def _results(function, tasks, workers, meanwhile):
    if workers <= 1:
        meanwhile()
        for task in tasks:
            yield function(*task)
        return
    with _pool(workers) as pool:
        with _main_without_file():
            futures = [pool.submit(function, *task) for task in tasks]
        try:
            meanwhile()
            for future in futures:
                yield future.result()
        except BrokenProcessPool:
            raise InputError(
                "the system ended a worker process, probably because memory ran out: run with fewer cores "
                "or raise the rule's mem_mb"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _pool(workers):
    context = multiprocessing.get_context(START_METHOD)
    if START_METHOD == "fork":
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_forked) as pool:
            yield pool
        return
    # Only forked workers inherit the log.
    root, records = logging.getLogger(), context.Queue()
    listener = QueueListener(records, *root.handlers)
    listener.start()
    try:
        with ProcessPoolExecutor(
            workers, mp_context=context, initializer=_begin_spawned, initargs=(records, root.level)
        ) as pool:
            yield pool
    finally:
        listener.stop()


@contextmanager
def _main_without_file():
    # A spawned process would run the main module's file again; a rule's script works nowhere but in Snakemake.
    main = sys.modules["__main__"]
    file, spec = main.__dict__.pop("__file__", None), main.__spec__
    main.__spec__ = None
    try:
        yield
    finally:
        main.__spec__ = spec
        if file is not None:
            main.__file__ = file


# The workers of a job that is killed would wait for it for ever, with all their memory.


def _begin_forked():
    set_parent_death_signal = 1
    system = ctypes.CDLL(None)
    system.prctl(set_parent_death_signal, signal.SIGKILL)
    if hasattr(system, "mallopt"):
        _keep_freed_memory(system)


def _keep_freed_memory(system):
    # glibc gives memory back to the system when an array is freed, and the next one begins with pages that the system
    # must clear. Arrays larger than 32 MB are given back all the same.
    trim_threshold, mmap_threshold = -1, -3
    system.mallopt(trim_threshold, 2**31 - 1)
    system.mallopt(mmap_threshold, 2**25)


def _begin_spawned(records, level):
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.basicConfig(handlers=[QueueHandler(records)], format="%(message)s", level=level, force=True)
    logging.captureWarnings(True)


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
