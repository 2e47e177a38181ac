"""A detector's PSF at one place, sampled more finely than its pixels."""

import functools

import numpy as np


class SampledPsf:
    """An effective PSF, interpolated by cubic splines; nothing outside of its array.

    Parameters
    ----------
    coefficients : ndarray of float, shape (ny, nx)
        See `spline_coefficients`, of samples with the star in the array's middle.
    oversample : int
        Samples for each pixel in x and in y.

    References
    ----------
    Anderson & King 2000, PASP 112, 1360 (the effective PSF).
    """

    def __init__(self, coefficients, oversample):
        self._coefficients = coefficients
        self._oversample = oversample

    def __call__(self, dy, dx):
        """Compute the fraction of the light in pixels.

        Parameters
        ----------
        dy, dx : ndarray of float, shape (ny,) and (nx,)
            Rows and columns of pixels' centres, counted from the star [pixel].

        Returns
        -------
        ndarray of float, shape (ny, nx)
        """
        ny, nx = self._coefficients.shape
        rows, up = self._basis(dy, ny)
        columns, across = self._basis(dx, nx)
        return up @ self._coefficients[rows, columns] @ across.T

    def _basis(self, offset, count):
        # The samples that count, and how much each does in each pixel: nothing in those outside of the array.
        basis = _basis(np.asarray(offset, float) * self._oversample + (count - 1) / 2, count)
        used = np.flatnonzero(basis.any(axis=0))
        part = slice(used[0], used[-1] + 1) if used.size else slice(0, 1)
        return part, basis[:, part]


def spline_coefficients(samples):
    """Find the cubic splines through samples.

    They are linear in these: coefficients may be averaged as well.

    Parameters
    ----------
    samples : ndarray of float, shape (ny, nx)
        The fraction of a star's light in a pixel, by where the pixel's centre is.

    Returns
    -------
    ndarray of float, shape (ny, nx)
    """
    up, across = (_through_samples(count) for count in samples.shape)
    return up @ samples @ across.T


def _basis(position, count):
    # Cubic B-splines around samples 0 to count - 1, shape (positions, count). The samples are continued evenly beyond
    # both ends, where what is asked for is 0.
    pixels = np.flatnonzero((position >= 0) & (position <= count - 1))
    basis = np.zeros((len(position), count))
    for k in range(-1, 3):
        index = np.floor(position[pixels]).astype(int) + k
        mirrored = (count - 1) - np.abs((count - 1) - np.abs(index))
        np.add.at(basis, (pixels, mirrored), _b_spline(np.abs(position[pixels] - index)))
    return basis


def _b_spline(distance):
    inner = 2 / 3 - distance**2 * (1 - distance / 2)
    return np.where(distance < 1, inner, np.maximum(2 - distance, 0) ** 3 / 6)


@functools.cache
def _through_samples(count):
    # The matrix that takes samples to the coefficients of the splines through them.
    return np.linalg.inv(_basis(np.arange(float(count)), count))
