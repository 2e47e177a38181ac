"""Write files that appear complete or not at all."""

import os
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path):
    """Write to a temporary file beside `path`, renamed on success.

    Parameters
    ----------
    path : str or Path
        The finished file. Its folder is made if it is missing.

    Yields
    ------
    Path
        Where to write, in a temporary folder, as libraries leave unfinished files beside theirs, too.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = process_folder(path)
    try:
        yield folder / path.name
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def process_folder(path):
    """Make a temporary folder beside `path` for this process, and remove those of killed processes.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Path
        Hidden, with this machine's name and this process's number. A job that outlives its Snakemake and
        the one that repeats it never write to the same place.
    """
    host = socket.gethostname()
    for old in path.parent.glob(f".{host}-*-{path.name}"):
        number = old.name.removeprefix(f".{host}-").removesuffix(f"-{path.name}")
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(old, ignore_errors=True)
    folder = path.with_name(f".{host}-{os.getpid()}-{path.name}")
    folder.mkdir(parents=True)
    return folder


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
