"""Arrays on disk that worker processes fill together."""

import errno
import mmap
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .atomic_write import process_folder

# Bytes that are written at once.
CHUNK = 2**20
# Bytes of address space that are kept for the end: to read a folder takes memory, which may be what ran out.
RESERVE = 2**22


@contextmanager
def scratch_folder(output):
    """Make an empty folder beside an output, removed at the end whatever happens.

    Parameters
    ----------
    output : str or Path

    Yields
    ------
    Path
    """
    folder = process_folder(Path(output).with_suffix(".parts"))
    reserve = mmap.mmap(-1, RESERVE)
    try:
        yield folder
    finally:
        reserve.close()
        shutil.rmtree(folder, ignore_errors=True)


def create_array(path, dtype, shape):
    """Make an array of zeros in a file, mapped into memory.

    Parameters
    ----------
    path : str or Path
        A `.npy` file.
    dtype : dtype
    shape : tuple of int

    Returns
    -------
    numpy.memmap

    Raises
    ------
    OSError
        If the disk has no room for it. Without asking, a full disk would end the process that
        writes to the map.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with open(path, "r+b") as file:
        take_room(file, array.offset, array.nbytes)
    return array


def take_room(file, start, size):
    """Take room on the disk for bytes of an open file, which become zeros; OSError if there is none."""
    try:
        os.posix_fallocate(file.fileno(), start, size)
    except (AttributeError, OSError) as error:
        # Some systems do not have it, and some file systems refuse it.
        if isinstance(error, OSError) and error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
            raise
        file.seek(start)
        for written in range(0, size, CHUNK):
            file.write(bytes(min(CHUNK, size - written)))
