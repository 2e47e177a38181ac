"""Read a mosaic's context: which members fell on a pixel."""

import numpy as np

PLANE_BITS = 32


def touched_by(context, member):
    """Tell where a member fell.

    Parameters
    ----------
    context : ndarray of uint32, shape (nplanes, ...)
        Bit k of plane p stands for member 32 p + k.
    member : int

    Returns
    -------
    ndarray of bool, the shape of a plane
    """
    return context[member // PLANE_BITS] & np.uint32(1 << member % PLANE_BITS) != 0
