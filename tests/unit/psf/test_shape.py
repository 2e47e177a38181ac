"""shape: width and ellipticity of the best Gaussian."""

import numpy as np
import pytest
from scipy import ndimage
from wfimosaic.psf.mosaic_psf import MosaicPsf
from wfimosaic.psf.shape import FWHM, shape_at, shape_of


def gaussian(a, b, angle, x=20.3, y=19.6):
    rows, columns = np.mgrid[:41, :41]
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along, across = (columns - x) * cos + (rows - y) * sin, (rows - y) * cos - (columns - x) * sin
    return np.exp(-0.5 * (along**2 / a**2 + across**2 / b**2))


@pytest.mark.parametrize("oversample", [1, 4])
@pytest.mark.parametrize(("a", "b", "angle"), [(3, 3, 0), (3, 2.5, 20), (4, 2, 110)])
def test_a_gaussian_is_measured_as_it_is(a, b, angle, oversample):
    found = shape_of(gaussian(a, b, angle), (20, 20), oversample)
    ellipticity = (a**2 - b**2) / (a**2 + b**2)
    assert found.fwhm == pytest.approx(FWHM * np.sqrt(a * b) / oversample, rel=1e-3)
    assert found.ellipticity == pytest.approx(ellipticity, abs=1e-3)
    expected = ellipticity * np.array([np.cos(np.radians(2 * angle)), np.sin(np.radians(2 * angle))])
    assert np.allclose((found.e1, found.e2), expected, atol=1e-3)


def test_nothing_has_no_shape():
    assert np.isnan(shape_of(np.full((9, 9), np.nan), (4, 4)).fwhm)
    assert np.isnan(shape_of(np.zeros((9, 9)), (4, 4)).fwhm)


def test_a_mosaic_is_wider_than_its_detectors_by_its_pixels(star_mosaic):
    # A Gaussian of detectors, widened by the drops and the mosaic's pixels, each a square of one pixel.
    psf = MosaicPsf(star_mosaic.path, lambda *_: lambda dy, dx: 0.1 * np.exp(-(dy[:, None] ** 2 + dx**2) / 8))
    middle = star_mosaic.data.shape[1] / 2, star_mosaic.data.shape[0] / 2
    assert shape_at(psf, *middle).fwhm == pytest.approx(FWHM * np.sqrt(4 + 2 / 12), rel=0.01)
    assert np.isnan(shape_at(psf, -30, -30).fwhm)
    # Where a star's wings alone fall on a member it has no width.
    row, column = np.argwhere(np.isnan(star_mosaic.data) & ndimage.binary_dilation(np.isfinite(star_mosaic.data)))[0]
    assert np.isnan(shape_at(psf, column, row).fwhm)
