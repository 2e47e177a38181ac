"""Which skycells an image touches, against the pixels of the skycells that its pixels fall on."""

import numpy as np
import pytest
from wfimosaic.association.sky_map import read_sky_map, read_skycells, skycell_information
from wfimosaic.grid.grid import outline
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.grid.touched_skycells import touched_regions, touched_skycells
from wfimosaic.simulation.focal_plane import detector_wcs

SIZE = 4088


@pytest.fixture(scope="module")
def sky_map(shared):
    return read_sky_map(str(shared / "data" / "skymap_subset.asdf"))


def border(wcs):
    x, y = outline((-0.5, SIZE - 0.5, -0.5, SIZE - 0.5), SIZE / 4)
    return np.column_stack(wcs(x, y, with_bounding_box=False))


def cells_with_a_pixel(sky_map, region, cells, ra, dec):
    """Find the cells that hold one of some sky positions, by the positions' pixels."""
    skycell = skycell_information(sky_map, sky_map.regions[region], cells[0])
    assert skycell["orientat_projection_center"] == 0
    center = (skycell["ra_projection_center"], skycell["dec_projection_center"])
    x, y = tangent_plane(center, (0, 0), skycell["pixel_scale"], np.eye(2)).invert(ra, dec, with_bounding_box=False)
    half = sky_map.cell_size / 2
    return [
        k
        for k, (x0, y0) in enumerate(cells[["x_tangent", "y_tangent"]])
        if np.any((abs(x + x0 - half + 0.5) < half) & (abs(y + y0 - half + 0.5) < half))
    ]


@pytest.mark.parametrize(
    ("pointing", "region"),
    [((20, 89.2, 10), 0), ((77, 89.99, 33), 0), ((0.05, 86.5, 60), 1), ((359.9, 85.0, 0), 1)],
    ids=["polar cap", "pole", "RA 0", "RA 360"],
)
def test_touched_skycells_are_those_that_hold_a_pixel(sky_map, pointing, region):
    wcs = detector_wcs(pointing, 1, (SIZE, SIZE))
    assert touched_regions(border(wcs), sky_map.regions) == [region]
    (cells,) = read_skycells(sky_map, [region])
    found = touched_skycells(border(wcs), cells)
    x, y = np.meshgrid(*[np.linspace(-0.5, SIZE - 0.5, 300)] * 2)
    sky = wcs(x.ravel(), y.ravel(), with_bounding_box=False)
    assert list(found) == cells_with_a_pixel(sky_map, region, cells, *sky)
    assert 5 < len(found) < 13


def test_image_on_a_border_touches_both_regions_and_one_elsewhere_none(sky_map):
    assert touched_regions(border(detector_wcs((0, 88.28, 0), 1, (SIZE, SIZE))), sky_map.regions) == [0, 1]
    # The cap ends at a chord between two points of its circle, here 2 arcmin from it.
    assert touched_regions(border(detector_wcs((12, 88.14, 0), 1, (SIZE, SIZE))), sky_map.regions) == [1]
    for elsewhere in ((180, -89.2, 0), (180, 86.5, 0), (20, 0, 0)):
        assert touched_regions(border(detector_wcs(elsewhere, 1, (SIZE, SIZE))), sky_map.regions) == []
