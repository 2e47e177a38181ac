"""Images of one tangent plane, side by side in whole pixels."""

import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.grid.common_lattice import common_lattice
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.simulation.focal_plane import detector_wcs

TURN = np.radians(20)
MATRIX = [[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]]


def cell(name, x0, y0, shape=(50, 40)):
    return name, tangent_plane((10, 88), (x0, y0), 1.5e-5, MATRIX, shape), shape


def test_places_are_counted_from_the_corner_of_all():
    cells = [cell("a", -1000.5, 2400.5), cell("b", -1030.5, 2430.5), cell("c", -900.5, 2300.5, (10, 20))]
    lattice = common_lattice(cells)
    assert lattice.places == [
        Rectangle(slice(30, 80), slice(100, 140)),
        Rectangle(slice(0, 50), slice(130, 170)),
        Rectangle(slice(130, 140), slice(0, 20)),
    ]
    assert lattice.shape == (140, 170)
    for (_, wcs, (ny, nx)), place in zip(cells, lattice.places, strict=True):
        assert place.shape == (ny, nx)
        # The same pixel has the same place on the sky.
        x, y = np.array([0, nx - 1, 7.25]), np.array([0, ny - 1, 3.5])
        whole = lattice.wcs(x + place.columns.start, y + place.rows.start, with_bounding_box=False)
        np.testing.assert_allclose(whole, wcs(x, y, with_bounding_box=False), rtol=0, atol=1e-11)


def test_wcs_that_is_no_tangent_plane_is_refused():
    with pytest.raises(InputError, match="b: its WCS is no tangent plane"):
        common_lattice([cell("a", 0, 0), ("b", detector_wcs((10, 88, 0), 1, (50, 40)), (50, 40))])
