"""exposures_at: how many exposures looked at places on a grid."""

import numpy as np
from wfimosaic.comparison.compare_exposures import FAINTER, make_comparison
from wfimosaic.comparison.exposures_at import exposures_at
from wfimosaic.grid.grid import read_grid
from wfimosaic.outliers.make_median import make_median


def test_they_are_counted_where_they_looked(small):
    _, _, path = small
    grid = read_grid(path)
    ny, nx = grid.shape
    x, y = np.stack(np.meshgrid(np.arange(nx), np.arange(ny))).reshape(2, -1).astype(float)
    expected, sure = np.zeros(len(x), int), np.ones(len(x), bool)
    for member in grid.members:
        u, v = member.pixels_at(x, y).T
        depth = np.min([u, v, member.shape[1] - 1 - u, member.shape[0] - 1 - v], axis=0)
        expected += depth > 0
        sure &= np.abs(depth) > 1
    found = exposures_at(grid.members, x + grid.origin[0], y + grid.origin[1])
    np.testing.assert_array_equal(found[sure], expected[sure])
    assert set(found[sure]) >= {1, 2, 3}


def test_stars_count_more_where_the_median_is_the_lowest(small, tmp_path):
    paths, _, grid = small
    median = str(tmp_path / "median.asdf")
    make_median(paths, grid, median, method="pairwise")
    grid = read_grid(grid)
    settings = (5.0, 4.0), 0.0, 1, "~DO_NOT_USE+NON_SCIENCE", True
    few = make_comparison(grid, median, *settings).stars
    grid.members = grid.members * 2
    many = make_comparison(grid, median, *settings).stars
    # Of three exposures all stars, and none where more than three looked.
    times = few.light / many.light
    looked = exposures_at(grid.members, few.x, few.y)
    np.testing.assert_allclose(times[looked > 3], FAINTER, rtol=1e-5)
    np.testing.assert_allclose(times[looked <= 3], 1, rtol=1e-5)
    assert (looked > 3).any()
