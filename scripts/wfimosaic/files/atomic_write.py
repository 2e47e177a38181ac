"""Write files that appear whole or not at all."""

import os
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path):
    """Give a temporary path beside `path` and move it there when the block ends well.

    Parameters
    ----------
    path : str or Path
        Where the finished file belongs. Its folder is made if it is missing.

    Yields
    ------
    Path
        Where to write, in a folder of its own: libraries, too, leave unfinished files beside theirs.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = own_folder(path)
    try:
        yield folder / path.name
        os.replace(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_folder(path):
    """Make a folder beside `path` that no other process writes to, and remove those that killed ones left there.

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
    for left in path.parent.glob(f".{host}-*-{path.name}"):
        number = left.name.removeprefix(f".{host}-").removesuffix(f"-{path.name}")
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(left, ignore_errors=True)
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
