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


def covered_and_single(context, exposures):
    """Find where anything fell, and where members of a single exposure did.

    Parameters
    ----------
    context : dict of int to ndarray of uint32, shape (ny, nx)
        Planes by their number; those on which nothing fell may be missing.
    exposures : iterable of list of int
        Members of each exposure.

    Returns
    -------
    covered, single : ndarray of bool, shape (ny, nx)
    """
    shape = next(iter(context.values())).shape
    covered, several = np.zeros(shape, bool), np.zeros(shape, bool)
    for members in exposures:
        touched = np.zeros(shape, bool)
        bits = {plane: [k % PLANE_BITS for k in members if k // PLANE_BITS == plane] for plane in context}
        for plane, positions in bits.items():
            if positions:
                touched |= context[plane] & np.uint32(sum(1 << bit for bit in positions)) != 0
        several |= covered & touched
        covered |= touched
    return covered, covered & ~several
