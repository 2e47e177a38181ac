"""Run snakemake, and the scripts of its rules, in forks of a process that has imported what they import.

Imports are most of the time of a run as small as the tests'. The workflow's own package is not among them: each project
has its copy. What tests of starting, stopping or limits are about stays with the real Python.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

LIBRARIES = (
    "jsonschema shapely gwcs drizzle.resample roman_datamodels.datamodels astropy.io.fits astropy.table astropy.wcs "
    "scipy.linalg scipy.ndimage scipy.optimize scipy.sparse.linalg scipy.spatial matplotlib.pyplot"
)


@functools.cache
def warm_python():
    """A file to run in Python's place, where the words after it begin with `-m snakemake` or are a script's path."""
    folder = Path(tempfile.mkdtemp(prefix="warm"))
    words = [sys.executable, __file__, folder]
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout.readline() == "ready\n"
    return folder / "python"


def warm_up():
    """Import what jobs import, and let the libraries look for their parts, which they do once in a process."""
    # Before numpy, as in a job.
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    import yaml

    yaml.SafeLoader = yaml.CSafeLoader
    import asdf
    import numba
    from snakemake.cli import get_argument_parser

    for name in LIBRARIES.split():
        importlib.import_module(name)
    get_argument_parser()  # imports the plugins
    asdf.AsdfFile()
    numba.njit("int64(int64)")(lambda number: number)
    gc.freeze()


def serve(folder):
    """Fork for each that connects until the standard input ends."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(folder / "socket"))
    listener.listen()
    print("ready", flush=True)
    # Nobody waits for those that answer.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(link, folder)
            os._exit(0)
        link.close()


def answer(link, folder):
    """Run one command, and send its exit code."""
    message, files, _, _ = socket.recv_fds(link, 1 << 20, 3)
    child = os.fork()
    if child == 0:
        link.close()
        run(*json.loads(message), files, folder)
    for file in files:
        os.close(file)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    link.send(str(code).encode())


def run(here, words, environment, files, folder):
    """Do in this process what Python would, and end it."""
    os.chdir(here)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.path[:1] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    code = 0
    try:
        if words[0] == "-m":
            sys.executable = str(folder / "python")  # what snakemake starts a rule's script with
            sys.argv = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        # All that Python does at its end but to tear the libraries down.
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    client = Path(__file__).with_name("warm_client.py")
    (place / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -SE {client} {place}/socket "$@"\n')
    (place / "python").chmod(0o755)
    warm_up()
    serve(place)
    shutil.rmtree(place)
