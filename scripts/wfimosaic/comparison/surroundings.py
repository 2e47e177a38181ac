"""What another exposure shows around places, and what of a pixel there it explains."""

from dataclasses import dataclass

import numpy as np

from ..stars.phase_factor import phase_factor
from ..stars.psf_difference import beside_star

# Of what PSFs that differ do, where all light above the sky may grow and not only that above the darkest pixel around.
ABOVE_SKY = 0.5
# Noise that is not taken for light, above the lowest of 16 values and between the extremes [err].
ABOVE_LOWEST, BETWEEN_EXTREMES = 2.5, 4.0
# Of 4 x 4 pixels the four around the place.
MIDDLE = [5, 6, 9, 10]


def exist_around(other, x, y):
    """Tell whether an `Other` has the 4 x 4 pixels around each place x, y [pixel]; none around NaN."""
    ny, nx = other.data.shape
    return (x >= 1) & (x < nx - 2) & (y >= 1) & (y < ny - 2)


@dataclass
class Surroundings:
    """The 4 x 4 pixels of an exposure around each of n places, and the linear interpolation between the middle ones.

    `values` [MJy/sr] and whether they are `good`: arrays of shape (16, n). Where the place lies between the middle
    ones, `x` and `y` [pixel, 0 to 1]; the `weight` of these that are good, the `interpolated` value [MJy/sr] and its
    `variance` [(MJy/sr)^2], the phase `factor`, the `smallest` and `largest` variance of the middle ones [(MJy/sr)^2],
    and the `lowest` good value [MJy/sr]: arrays of shape (n,), infinite or NaN where no pixel is good.
    """

    values: np.ndarray
    good: np.ndarray
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    interpolated: np.ndarray
    variance: np.ndarray
    factor: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray
    lowest: np.ndarray

    @classmethod
    def of(cls, other, x, y):
        """Look at an `Other` around x, y [pixel], where its pixels exist: see `exist_around`."""
        column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
        fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
        nx = other.data.shape[1]
        places = (row - 1) * nx + column - 1 + (np.arange(4)[:, None] * nx + np.arange(4)).reshape(16, 1)
        values = other.data.ravel()[places].astype(np.float32) - other.sky.at(*np.divmod(places, nx))
        good = ((other.dq.ravel()[places] & other.bad) == 0) & np.isfinite(values)
        variance = other.err.ravel()[places[MIDDLE]].astype(np.float32) ** 2
        good[MIDDLE] &= np.isfinite(variance)

        weight = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]) * good[MIDDLE]
        total = weight.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):  # Where all that weigh are bad.
            weight /= total
            interpolated = np.where(good[MIDDLE], weight * values[MIDDLE], 0).sum(axis=0)
            spread = np.where(good[MIDDLE], weight**2 * variance, 0).sum(axis=0)
            factor = phase_factor(fx, fy, other.optical_element).astype(np.float32) / total**2
        smallest = np.where(good[MIDDLE], variance, np.inf).min(axis=0)
        largest = np.where(good[MIDDLE], variance, -np.inf).max(axis=0)
        lowest = np.where(good, values, np.inf).min(axis=0)
        return cls(values, good, fx, fy, total, interpolated, spread, factor, smallest, largest, lowest)

    @property
    def light(self):
        """Light above the darkest pixel around and what noise does [MJy/sr]."""
        return np.maximum(self.interpolated - self.lowest - np.float32(ABOVE_LOWEST) * np.sqrt(self.smallest), 0)

    def blur(self, differ):
        """Compute what of a pixel's difference from the interpolation the PSF explains.

        The light above the darkest pixel around may grow by the phase factor, and beside stars PSFs may differ; or,
        where that is less, all light above the sky may grow and PSFs differ by half of that.

        Parameters
        ----------
        differ : float
            How many times as much as usual PSFs may differ.

        Returns
        -------
        ndarray of float32, shape (n,)
            [MJy/sr]
        """
        above = self.values - self.lowest - np.float32(BETWEEN_EXTREMES) * np.sqrt(self.smallest)
        beside = np.float32(differ) * beside_star(above, self.good, self.x, self.y)
        above_sky = np.maximum(self.interpolated, 0)
        grown = self.factor - 1
        return np.minimum(grown * self.light + beside, grown * above_sky + np.float32(ABOVE_SKY) * beside)
