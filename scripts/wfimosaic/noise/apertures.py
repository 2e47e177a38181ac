"""The noise of apertures, from that of pixels and their correlation."""

import numpy as np
from scipy import ndimage

# Steps along a pixel to find what part of it lies in an aperture.
STEPS = 20


def circle(radius):
    """Compute what part of each pixel lies in a circle around the middle of one.

    Parameters
    ----------
    radius : float
        [pixel]

    Returns
    -------
    ndarray of float64, shape (n, n), n odd
    """
    half = int(np.ceil(radius - 0.5)) if radius > 0.5 else 0
    edge = (np.arange((2 * half + 1) * STEPS) + 0.5) / STEPS - 0.5 - half
    inside = np.hypot(*np.meshgrid(edge, edge)) <= radius
    return inside.reshape(2 * half + 1, STEPS, 2 * half + 1, STEPS).mean(axis=(1, 3))


def aperture_error(err, aperture, pixel_scatter, kernel):
    """Compute the error of the sum of pixels in an aperture.

    Parameters
    ----------
    err : ndarray of float, shape (ny, nx)
        Of the mosaic's pixels, or one number for all.
    aperture : ndarray of float, shape (ny, nx)
        What of each pixel counts.
    pixel_scatter, kernel
        As a mosaic's metadata record them, see `noise_record`.

    Returns
    -------
    float
        In units of err.
    """
    noise = pixel_scatter * err * aperture
    return float(np.sqrt(np.sum(noise * ndimage.convolve(noise, np.asarray(kernel), mode="constant"))))
