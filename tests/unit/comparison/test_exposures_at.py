"""exposures_at: how many exposures looked at places on a grid."""

import numpy as np
from wfimosaic.comparison.exposures_at import exposures_at
from wfimosaic.grid.grid import read_grid


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
