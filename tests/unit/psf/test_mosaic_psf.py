"""mosaic_psf: what a mosaic shows of a star of flux 1, wherever it is."""

import numpy as np
import pytest
from astropy.table import Table
from photutils.psf import ImagePSF, PSFPhotometry
from wfimosaic.psf.mosaic_psf import MosaicPsf

from .star_images import make_mosaic

SIZE = 2.6
# Of the circular Gaussian within which stars are measured [detector pixel].
SIGMA = 1.2


@pytest.fixture(scope="module", params=[(True, 1, 0.6), (True, 0.5, 1.0), (False, 1, 1.0), (False, 0.5, 0.6)], ids=str)
def mosaic(request, stars, some_stars):
    """A mosaic of stars where all members look, or where some do and have flagged pixels."""
    everywhere, ratio, pixfrac = request.param
    return make_mosaic(stars if everywhere else some_stars, ratio, pixfrac=pixfrac)


def moments(data, stamp, scale):
    """Width and ellipticity of what is in a Gaussian window around a star."""
    rows, columns = np.indices(data.shape)
    x, y = columns - stamp.star[0], rows - stamp.star[1]
    window = np.nan_to_num(data) * np.exp(-0.5 * (x**2 + y**2) * (scale / SIGMA) ** 2)
    xx, yy, xy = (np.sum(window * product) / window.sum() for product in (x * x, y * y, x * y))
    return np.sqrt(xx + yy), np.array([xx - yy, 2 * xy]) / (xx + yy)


def test_stars_are_as_predicted(mosaic, epsf):
    psf = MosaicPsf(mosaic.path, epsf)
    scale = psf.pixel_scale / 0.11
    fitted, count = [], 0
    for x, y, flux in zip(mosaic.x, mosaic.y, mosaic.flux, strict=True):
        stamp = psf.at(x, y, SIZE)
        assert np.nansum(stamp.data) == pytest.approx(1)
        assert sum(row.share for row in stamp.members) == pytest.approx(1)
        (column, row), (ny, nx) = stamp.corner, stamp.data.shape
        image = mosaic.data[row : row + ny, column : column + nx]
        if image.shape != (ny, nx):
            continue  # It ends at the border.
        model = stamp.data * stamp.captured * flux
        assert np.array_equal(np.isnan(model), np.isnan(image))
        assert np.nanmax(np.abs(model - image)) < 0.01 * np.nanmax(model)
        widths, ellipticities = zip(*(moments(array, stamp, scale) for array in (image, model)), strict=True)
        assert widths[0] == pytest.approx(widths[1], rel=0.005)
        assert np.hypot(*(ellipticities[0] - ellipticities[1])) < 0.005
        count += 1
        if count % 3 == 0:
            fitted.append(fit(mosaic, psf, x, y) / flux)
    assert count > 12
    assert np.abs(np.array(fitted) - 1).max() < 0.002


@pytest.mark.parametrize(
    ("ratio", "settings"),
    [
        (0.7, {"kernel": "turbo", "pixfrac": 0.8, "weight_type": "exptime"}),
        (0.7, {"kernel": "gaussian", "weight_type": "none", "good_bits": "~NON_SCIENCE"}),
        (1, {"kernel": "lanczos3"}),
    ],
    ids=str,
)
def test_other_kernels_weights_and_flags_are_those_of_the_run(few_stars, epsf, ratio, settings):
    mosaic = make_mosaic(few_stars, ratio, **settings)
    psf = MosaicPsf(mosaic.path, epsf)
    for x, y, flux in zip(mosaic.x, mosaic.y, mosaic.flux, strict=True):
        stamp = psf.at(x, y, 1.6)
        (column, row), (ny, nx) = stamp.corner, stamp.data.shape
        model, image = stamp.data * stamp.captured * flux, mosaic.data[row : row + ny, column : column + nx]
        assert np.array_equal(np.isnan(model), np.isnan(image))
        assert np.nanmax(np.abs(model - image)) < 0.01 * np.nanmax(model)


def fit(mosaic, psf, x, y):
    """Fit a star with photutils, its place to be found too: its flux."""
    stamp = psf.at(x, y, SIZE, oversample=4)
    model = ImagePSF(np.nan_to_num(stamp.data), origin=stamp.star, oversampling=stamp.oversample)
    width = 2 * round(0.4 / psf.pixel_scale) + 1
    photometry = PSFPhotometry(model, fit_shape=width, aperture_radius=3)
    found = photometry(mosaic.data, mask=np.isnan(mosaic.data), init_params=Table({"x": [x + 0.1], "y": [y - 0.1]}))
    return found["flux_fit"][0] / stamp.captured
