"""How far inside of a grid positions lie: where grids overlap, that on which a pixel lies deepest decides about it."""

import numpy as np


def depth_on_grid(positions, shape):
    """Compute the distance of positions from the border of a grid.

    Parameters
    ----------
    positions : ndarray of float64, shape (2, ...)
        x and y.
    shape : (int, int)
        ny, nx.

    Returns
    -------
    ndarray of float64, shape (...)
        [pixel], negative outside.
    """
    x, y = positions
    ny, nx = shape
    return np.minimum(np.minimum(x, nx - 1 - x), np.minimum(y, ny - 1 - y)) + 0.5
