"""Let go of what was read of a mapped file."""

import mmap


def release_pages(array):
    """Let go of the pages of a mapped file that were read through an array.

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
