"""psf_grid: PSFs at regular places of a mosaic."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from photutils.psf import GriddedPSFModel
from wfimosaic.errors import InputError
from wfimosaic.psf.mosaic_psf import MosaicPsf
from wfimosaic.psf.psf_fits import grid_to_fits
from wfimosaic.psf.psf_grid import PsfGrid, grid_places, psf_grid


def test_places_are_the_middles_of_equal_parts():
    assert grid_places((40, 60), 2).tolist() == [[15, 10], [45, 10], [15, 30], [45, 30]]


def test_stars_are_in_the_middle_and_as_bright_as_they_are(star_mosaic, epsf):
    grid = psf_grid(MosaicPsf(star_mosaic.path, epsf), 3, size=1.6, oversample=2)
    assert grid.data.shape == (9, 29, 29)
    x, y = grid.places[4]
    assert grid.covered[4] and np.isfinite(star_mosaic.data[int(y), int(x)])
    assert np.unravel_index(np.argmax(grid.data[4]), (29, 29)) == (14, 14)
    assert grid.data[4].sum() / 4 == pytest.approx(1, abs=0.03)


def test_where_nothing_is_the_nearest_stands(star_mosaic, epsf):
    grid = psf_grid(MosaicPsf(star_mosaic.path, epsf), 5, size=1.6, oversample=1)
    empty = np.flatnonzero(~grid.covered)
    assert empty.size and all(
        any(np.array_equal(grid.data[k], other) for other in grid.data[grid.covered]) for k in empty
    )
    columns, rows = grid.places.astype(int).T
    assert np.array_equal(grid.covered, np.isfinite(star_mosaic.data[rows, columns]))


@pytest.mark.parametrize("count", [0, 51])
def test_numbers_without_sense_are_refused(star_mosaic, epsf, count):
    with pytest.raises(InputError, match="choose a number from 1 to 50"):
        psf_grid(MosaicPsf(star_mosaic.path, epsf), count)


def test_photutils_reads_more_than_a_hundred_places(tmp_path):
    places = grid_places((1000, 1000), 11)
    grid = PsfGrid(np.ones((121, 5, 5), np.float32), places, np.ones(121, bool), 1, 0.1)
    mosaic = SimpleNamespace(mosaic="P_i2d.asdf", optical_element="F158", pixel_scale=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grid_to_fits(tmp_path / "psfs.fits", grid, mosaic)
    assert np.array_equal(GriddedPSFModel.read(tmp_path / "psfs.fits").grid_xypos, places)
