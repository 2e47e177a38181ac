"""The size of a pixel on the sky."""

import numpy as np

from . import sphere


def pixel_scale(to_sky, x, y):
    """Compute the pixel scale of a WCS at a position.

    Parameters
    ----------
    to_sky : callable
        Maps arrays of x and y [pixel] to RA and Dec [deg].
    x, y : float
        Pixel.

    Returns
    -------
    float
        Geometric mean of the steps to the next pixel along x and along y [deg].
    """
    ra, dec = to_sky(np.array([x, x + 1, x]), np.array([y, y, y + 1]))
    steps = sphere.separation(ra[0], dec[0], ra[1:], dec[1:])
    return float(np.sqrt(steps[0] * steps[1]))
