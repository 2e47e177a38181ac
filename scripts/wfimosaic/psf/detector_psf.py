"""A detector's PSF at one place, sampled more finely than its pixels."""

import numpy as np
from scipy.interpolate import BSpline
from scipy.ndimage import spline_filter

DEGREE = 3


class SampledPsf:
    """An effective PSF, interpolated by cubic splines; nothing outside of its array.

    Parameters
    ----------
    samples : ndarray of float, shape (ny, nx)
        The fraction of a star's light in a pixel, by where the pixel's centre is; the star is in the array's middle.
    oversample : int
        Samples for each pixel in x and in y.

    References
    ----------
    Anderson & King 2000, PASP 112, 1360 (the effective PSF).
    """

    def __init__(self, samples, oversample):
        # By mirroring the array is continued evenly: what lies outside is cut off below.
        self._coefficients = spline_filter(np.asarray(samples, float), order=DEGREE, mode="mirror")
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
        position = np.asarray(offset, float) * self._oversample + (count - 1) / 2
        pixels = np.flatnonzero((position >= 0) & (position <= count - 1))
        basis = np.zeros((len(position), count))
        for k in range(-1, DEGREE):
            index = np.floor(position[pixels]).astype(int) + k
            mirrored = (count - 1) - np.abs((count - 1) - np.abs(index))
            np.add.at(basis, (pixels, mirrored), _cardinal(position[pixels] - index))
        used = np.flatnonzero(basis.any(axis=0))
        part = slice(used[0], used[-1] + 1) if used.size else slice(0, 1)
        return part, basis[:, part]


# The cubic B-spline around 0.
_cardinal = BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)
