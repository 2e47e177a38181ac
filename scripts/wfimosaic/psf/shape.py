"""Width and ellipticity of a PSF: those of the Gaussian that fits it best."""

from dataclasses import dataclass

import numpy as np

# Of a Gaussian, over its standard deviation.
FWHM = 2 * np.sqrt(2 * np.log(2))
MAX_STEPS = 200
CONVERGED = 1e-6
# How the shape at a place is measured: in a stamp of this width [arcsec], so many samples in a pixel.
SIZE, OVERSAMPLE = 2.0, 4


@dataclass(frozen=True)
class Shape:
    """A PSF's full width at half maximum [pixel] and its ellipticity.

    `e1` and `e2` are (a^2 - b^2) / (a^2 + b^2), a and b the axes, times the cosine and the sine of twice the angle of
    a, which is counted from the x axis to the y axis.
    """

    fwhm: float
    e1: float
    e2: float

    @property
    def ellipticity(self):
        """(a^2 - b^2) / (a^2 + b^2)."""
        return float(np.hypot(self.e1, self.e2))


def shape_of(data, star, oversample=1):
    """Measure a star by adaptive moments: those within the Gaussian that has these moments itself.

    It is the Gaussian that fits the image best by least squares. Faint wings hardly count.

    Parameters
    ----------
    data : ndarray of float, shape (ny, nx)
        Pixels that are NaN do not count.
    star : (float, float)
        Its x and y in the array, about.
    oversample : int
        Samples in a pixel.

    Returns
    -------
    Shape
        NaN where nothing is found.

    References
    ----------
    Bernstein & Jarvis 2002, AJ 123, 583, section 3; Hirata & Seljak 2003, MNRAS 343, 459, section 2.1.
    """
    light = np.nan_to_num(np.asarray(data, float))
    rows, columns = np.indices(light.shape)
    x, y = star
    moments = np.eye(2) * (0.6 * oversample) ** 2
    for _ in range(MAX_STEPS):
        offsets = np.stack([columns - x, rows - y])
        inverse = np.linalg.inv(moments)
        weighted = light * np.exp(-0.5 * np.einsum("iyx,ij,jyx->yx", offsets, inverse, offsets))
        total = weighted.sum()
        if not total > 0:
            return Shape(np.nan, np.nan, np.nan)
        shift = 2 * (offsets * weighted).sum(axis=(1, 2)) / total
        found = 2 * np.einsum("iyx,jyx,yx->ij", offsets, offsets, weighted) / total
        if not (np.linalg.det(found) > 0 and np.abs(shift).max() < len(light)):
            return Shape(np.nan, np.nan, np.nan)
        change = max(np.abs(found - moments).max(), np.abs(shift).max())
        moments, (x, y) = found, (x + shift[0], y + shift[1])
        if change < CONVERGED * np.trace(moments):
            break
    width = FWHM * np.linalg.det(moments) ** 0.25 / oversample
    trace = np.trace(moments)
    return Shape(float(width), float((moments[0, 0] - moments[1, 1]) / trace), float(2 * moments[0, 1] / trace))


def shape_at(psf, x, y):
    """Measure the PSF of a mosaic at a pixel, for stars around: flagged pixels count like their neighbours.

    Parameters
    ----------
    psf : MosaicPsf
    x, y : float

    Returns
    -------
    Shape
        In pixels of the mosaic, NaN where that has nothing in the star's own.
    """
    stamp = psf.at(x, y, max(SIZE, 6 * psf.pixel_scale), OVERSAMPLE, even=True, empty=True)
    if stamp is None or not stamp.covered:
        return Shape(np.nan, np.nan, np.nan)
    return shape_of(stamp.data, stamp.star, OVERSAMPLE)
