"""Read large arrays strip by strip: small enough for the processor's cache, and not kept in memory."""

import mmap

# Pixels of a strip: an array of float32 has 1 MB.
PIXELS = 2**18


def strips(rows, width):
    """Cut a span of rows into strips.

    Parameters
    ----------
    rows : slice
    width : int
        Pixels in a row.

    Yields
    ------
    slice
        Rows of each strip, in order.
    """
    height = max(1, PIXELS // max(1, width))
    for row in range(rows.start, rows.stop, height):
        yield slice(row, min(row + height, rows.stop))


def release_pages(array):
    """Release the resident pages of a mapped array.

    They stay in the file cache, but no longer count as this process's memory: else that would grow with the number of
    members and the size of mosaics, and schedulers that watch it would end the job.

    Parameters
    ----------
    array : ndarray
        If it is not mapped from a file nothing happens.
    """
    while array is not None and not isinstance(array, mmap.mmap):
        array = getattr(array, "base", None)
    if array is not None and hasattr(mmap, "MADV_DONTNEED"):
        array.madvise(mmap.MADV_DONTNEED)
