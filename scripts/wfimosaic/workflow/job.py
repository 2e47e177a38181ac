"""Run a rule's function with a log, and end with one clear line when it fails."""

import errno
import gc
import logging
import os
import sys
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

# A script's imports make a hundred thousand objects that stay: looking for garbage among them, now and when Python
# ends, takes as long as a fifth of a short job.
gc.disable()

# Workers are processes; threads inside them would fight over the same cores. Read when numpy starts.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import yaml  # noqa: E402

from ..errors import InputError  # noqa: E402
from .job_times import write_job_times  # noqa: E402

# rad, gwcs and asdf-astropy parse some hundred schemas when they are imported. libyaml does in 0.1 s
# what takes the pure Python parser half of a short job's time.
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _explain_import(kind, error, traceback):
    # A script's imports come before its job: without a word in the log the summary would think of memory.
    snakemake = getattr(sys.modules["__main__"], "snakemake", None)
    if snakemake is None or not isinstance(error, ImportError):
        sys.__excepthook__(kind, error, traceback)
        return
    message = (
        f"{error}: {sys.executable} cannot import what the rules need: run snakemake in the environment that "
        "`make env` makes, or with --sdm conda"
    )
    if _memory_ran_out(error):
        message = _more_memory(snakemake)
    with suppress(OSError):
        path = Path(snakemake.log[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{datetime.now():%Y-%m-%d %H:%M:%S} ERROR {message}\n")
    print(f"Error in {snakemake.rule}: {message}", file=sys.stderr, flush=True)


sys.excepthook = _explain_import


@contextmanager
def job(snakemake):
    """Send log lines and warnings to the rule's log file; report errors, and the warnings of jobs for a whole product.

    What a job that ends well has taken goes to the rule's other log, `times`.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives to a script.

    Yields
    ------
    object
        The same, for a short name.

    Raises
    ------
    SystemExit
        With code 1 after one line on standard error. Tracebacks go to the log.
    """
    gc.freeze()
    gc.enable()
    path = Path(snakemake.log[0])
    # A log without room is no reason for a traceback: the error itself is printed.
    logging.raiseExceptions = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(
            filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
        )
    except OSError as error:
        _end(snakemake, f"{error.filename}: {error.strerror}: the log cannot be written")
    logging.captureWarnings(True)
    log = logging.getLogger("wfimosaic")
    if not hasattr(getattr(snakemake, "wildcards", None), "exposure"):
        logging.getLogger().addHandler(_terminal(snakemake))
    log.info("%s starts", snakemake.rule)
    try:
        yield snakemake
        times = getattr(snakemake.log, "times", None)
        if times:
            write_job_times(times)
    except InputError as error:
        log.error("%s", error)
        _end(snakemake, str(error))
    except Exception as error:
        log.exception("system error" if isinstance(error, OSError | MemoryError) else "unexpected error")
        if _memory_ran_out(error):
            _end(snakemake, _more_memory(snakemake))
        if not isinstance(error, OSError):
            _end(snakemake, f"unexpected {type(error).__name__}: {error}: please report it with {path}")
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "make room and run the same command again" if full else f"see {path}"
        _end(snakemake, f"{error.filename or snakemake.output[0]}: {error.strerror or error}: {advice}")
    log.info("%s ends well", snakemake.rule)
    gc.freeze()


def _terminal(snakemake):
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(f"Warning in {snakemake.rule}: %(message)s"))
    handler.addFilter(lambda record: record.levelno == logging.WARNING and record.name.startswith("wfimosaic"))
    return handler


def _memory_ran_out(error):
    # The last are the words of the system's loader, which has no error of its own for a library without room.
    return (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or (isinstance(error, ImportError) and "failed to map segment" in str(error))
    )


def _more_memory(snakemake):
    wanted = snakemake.resources.get("mem_mb", "an unknown number of")
    return f"memory ran out; the rule asked for {wanted} MB: give it more, or run with fewer cores"


def _end(snakemake, message):
    print(f"Error in {snakemake.rule}: {' '.join(message.split())}", file=sys.stderr, flush=True)
    sys.exit(1)
