"""Arrays on disk that worker processes fill together."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from .atomic_write import process_folder


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
    try:
        yield folder
    finally:
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
        os.posix_fallocate(file.fileno(), 0, os.path.getsize(path))
    return array
