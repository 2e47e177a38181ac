"""How the noise of the mosaic's pixels is correlated: computed from the members' drops."""

from dataclasses import dataclass

import numpy as np

from .sampled_drops import drops_of, stamp_size

# Pixels to each side of the middle of the correlation kernel.
REACH = 4


@dataclass
class Correlation:
    """Sums over the pixels of a mosaic of what the noise of its members does there, in units of its error.

    Noise of variance ``v_i`` in input pixel i, of which the part ``a_ij`` falls into output pixel j with the weight
    ``w_i``, gives output pixels the covariance ``sum_i w_i**2 v_i a_ij a_ik / (W_j W_k)``; W is the sum of weights.

    Attributes
    ----------
    pixels : float
        Number of output pixels.
    total : float
        Sum over j and k of the covariance, over the mean ``err**2`` around: the variance of a large aperture.
    covariance : ndarray of float64, shape (9, 9)
        Sum over j of the covariance with the pixel that lies ``(row - 4, column - 4)`` from it, over the same.
    scatter : float
        Sum over j of the variance over its own ``err**2``.

    References
    ----------
    Fruchter & Hook 2002, PASP 114, 144, section 7; Casertano et al. 2000, AJ 120, 2747, appendix.
    """

    pixels: float = 0.0
    total: float = 0.0
    covariance: np.ndarray | float = 0.0
    scatter: float = 0.0

    def __add__(self, other):
        return Correlation(*(a + b for a, b in zip(_values(self), _values(other), strict=True)))

    def __rmul__(self, number):
        return Correlation(*(number * value for value in _values(self)))

    def __bool__(self):
        return bool(self.pixels > 0 and self.scatter > 0)

    @property
    def _variance(self):
        return self.covariance[REACH, REACH]

    @property
    def aperture_factor(self):
        """What the root of the sum of err**2 over a large aperture must be multiplied with to be its error."""
        return float(np.sqrt(self.total / self.pixels))

    @property
    def correlation_factor(self):
        """The error of a large aperture over that of as many independent pixels that scatter as much: R."""
        return float(np.sqrt(self.total / self._variance))

    @property
    def pixel_scatter(self):
        """The standard deviation of data / err in empty sky."""
        return float(np.sqrt(self.scatter / self.pixels))

    @property
    def kernel(self):
        """Correlation of a pixel with those around it: list of list of float, 9 by 9, 1 in the middle."""
        return (self.covariance / self._variance).tolist()


def _values(sums):
    return sums.pixels, sums.total, sums.covariance, sums.scatter


def measure_correlation(samples, drop, weight, err, area):
    """Measure how noise is correlated on a part of the grid.

    Parameters
    ----------
    samples : list of Sample
        Of all members there.
    drop : Drop
    weight, err : ndarray of float32, shape of the area
        Of the mosaic.
    area : Rectangle
        Where on the grid that is.

    Returns
    -------
    Correlation
        Over the area but a border as wide as drops reach.
    """
    variance = np.where(weight != 0, np.square(err), np.float32(np.nan))
    found = Correlation()
    for sample in samples if min(area.shape) >= stamp_size(drop) else ():
        stamps, first = drops_of(sample, drop)
        first -= (area.rows.start, area.columns.start)
        own = sample.weight.ravel()
        inside = ((first >= 0) & (first + stamps.shape[1:] <= area.shape)).all(axis=1) & (own != 0)
        if inside.any():
            stamps = stamps[inside] * own[inside, None, None]
            found += sample.pixels * _sum(stamps, first[inside], sample.noise.ravel()[inside], weight, variance)
    return found


def _sum(stamps, first, noise, weight, variance):
    size = stamps.shape[-1]
    rows, columns = (first[:, axis, None] + np.arange(size) for axis in range(2))
    stamp = (rows[:, :, None], columns[:, None, :])
    weight, variance = weight[stamp], variance[stamp]
    known = variance > 0
    around = np.sum(variance, axis=(1, 2), where=known) / np.maximum(1, known.sum(axis=(1, 2)))
    # What all input pixels add to an output pixel is its whole weight: their shares are how many pixels are sampled.
    share = np.divide(stamps, weight, out=np.zeros_like(stamps), where=known)
    pixels = float(share.sum())
    share *= noise[:, None, None]
    scatter = float(np.sum(np.divide(np.square(share), variance, out=np.zeros_like(share), where=known)))
    share /= np.sqrt(np.where(around > 0, around, np.inf))[:, None, None]
    # Wide enough that what comes around from the other side is farther away than the kernel reaches.
    width = max(size, REACH + 1) + REACH
    transform = np.fft.rfft2(share, (width, width))
    spectrum = np.square(transform.real).sum(axis=0, dtype=float) + np.square(transform.imag).sum(axis=0, dtype=float)
    covariance = np.fft.irfft2(spectrum, (width, width))
    near = np.arange(-REACH, REACH + 1)
    return Correlation(pixels, float(spectrum[0, 0]), covariance[near][:, near], scatter)
