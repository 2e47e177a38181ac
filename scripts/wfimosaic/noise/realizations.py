"""Realizations of the noise in a block of the mosaic: noise images of its members, averaged as their data are."""

import numpy as np
from numba import njit

from ..files.strips import strips
from .random_image import fill_with_noise, noise_key


@njit("void(f4[:,:,:], f4[:,:,:], f4[:,:])", cache=True, error_model="numpy")
def _add(sums, means, weight):
    for number in range(len(sums)):
        for row in range(weight.shape[0]):
            for k in range(weight.shape[1]):
                if weight[row, k] != 0:
                    sums[number, row, k] += means[number, row, k] * weight[row, k]


def draw_noise(out, roots, part, product, member):
    """Draw realizations of a member's noise.

    Parameters
    ----------
    out : ndarray of float32, shape (number of realizations, ny, nx)
        Written: Gaussian noise with the standard deviation of each pixel.
    roots : ndarray of float32, shape (number of variances, ny, nx)
        The roots of its variances.
    part : (slice, slice)
        Rows and columns of the member that these are.
    product, member : str
        Names, see `noise_key`.
    """
    for number, noise in enumerate(out):
        fill_with_noise(noise, roots, noise_key(product, member, number), part)


class Realizations:
    """Running weighted sums of the members' noise on a block.

    `sums` has the shape (number of realizations, ny, nx).
    """

    def __init__(self, shape, number):
        self.sums = np.zeros((number, *shape), np.float32)

    def add(self, means, weight, area):
        """Add a member.

        Parameters
        ----------
        means : ndarray of float32, shape (number of realizations, ny, nx)
            The weighted means of its drizzled noise, NaN where nothing fell.
        weight : ndarray of float32, shape (ny, nx)
            Its sums of weights.
        area : (slice, slice)
            The rectangle of the block that it falls into.
        """
        if self.sums.size:
            _add(self.sums[:, *area], means[:, *area], weight[area])

    def mean(self, weight):
        """Divide by the sum of all weights, in place: NaN where nothing fell."""
        for rows in strips(slice(0, len(weight)), weight.shape[1]):
            with np.errstate(divide="ignore", invalid="ignore"):
                self.sums[:, rows] /= weight[rows]
        return self.sums
