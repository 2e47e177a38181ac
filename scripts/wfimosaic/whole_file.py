"""Write files that appear whole or not at all."""

import os
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path):
    """Give a temporary path beside `path` and move it there when the block ends well.

    Parameters
    ----------
    path : str or Path
        Where the finished file belongs. Its folder is made if it is missing.

    Yields
    ------
    Path
        Where to write. It keeps the ending of `path`, for libraries that look at it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = own_part(path)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def own_part(path):
    """Name a file or folder beside `path` that no other process has, and remove what killed ones left there.

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
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return path.with_name(f".{host}-{os.getpid()}-{path.name}")


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
