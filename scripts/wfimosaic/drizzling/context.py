"""A mosaic's context: which members fell on a pixel."""

import numpy as np

PLANE_BITS = 32


def members_touching(context, count):
    """Find where each member fell, one after the other.

    Parameters
    ----------
    context : iterable of ndarray of uint32
        The planes: bit k of plane p stands for member 32 p + k.
    count : int
        Number of members.

    Yields
    ------
    ndarray of bool, the shape of a plane
    """
    for number, plane in enumerate(context):
        for bit in range(min(PLANE_BITS, count - PLANE_BITS * number)):
            yield plane & np.uint32(1 << bit) != 0


def plane_count(members):
    """Return the number of planes that a context of so many members has: int."""
    return (members - 1) // PLANE_BITS + 1
