"""Widen a mask."""

import numpy as np


def grown_mask(mask, size):
    """Widen a mask by a box.

    Parameters
    ----------
    mask : ndarray of bool, shape (ny, nx)
    size : int
        How far the box reaches to each side [pixel].

    Returns
    -------
    ndarray of bool, shape (ny, nx)
    """
    for axis in (0, 1):
        mask = np.swapaxes(mask, 0, axis)
        wide = mask.copy()
        for step in range(1, size + 1):
            wide[step:] |= mask[:-step]
            wide[:-step] |= mask[step:]
        mask = np.swapaxes(wide, 0, axis)
    return mask
