"""Realizations of the noise in a block of the mosaic: noise images of its members, averaged as their data are."""

import numpy as np

from ..files.strips import strips
from .random_image import fill_with_noise, noise_key


def pixel_noise(roots):
    """Compute the standard deviation of pixels: the root of the sum of their variances, NaN counting as 0.

    Parameters
    ----------
    roots : sequence of ndarray of float32
        The roots of the variances.

    Returns
    -------
    ndarray of float32, shape of one
    """
    total = np.zeros(roots[0].shape, np.float32)
    for root in roots:
        square = np.square(root)
        total += np.where(square < np.inf, square, np.float32(0))
    return np.sqrt(total, out=total)


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
        fill_with_noise(noise, noise_key(product, member, number), part)
    for rows in strips(slice(0, out.shape[1]), out.shape[2]) if len(out) else ():
        out[:, rows] *= pixel_noise(roots[:, rows])


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
        for rows in strips(area[0], area[1].stop - area[1].start):
            target = (rows, area[1])
            fell = weight[target] != 0
            for total, mean in zip(self.sums, means, strict=True):
                np.add(total[target], mean[target] * weight[target], out=total[target], where=fell)

    def mean(self, weight):
        """Divide by the sum of all weights, in place: NaN where nothing fell."""
        for rows in strips(slice(0, len(weight)), weight.shape[1]):
            with np.errstate(divide="ignore", invalid="ignore"):
                self.sums[:, rows] /= weight[rows]
        return self.sums
