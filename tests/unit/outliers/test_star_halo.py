"""star_halo: how bright stars around each place are."""

import numpy as np
import pytest
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.outliers.star_halo import CORE, star_halo


def test_the_halo_falls_with_the_distance():
    median = np.full((200, 200), np.nan, np.float32)
    median[100:, :] = 0
    median[102, 102] = 100
    halo, size = star_halo(median)
    assert size == 4
    assert halo[25, 25] == 100
    assert halo[25, 30] == pytest.approx(100 * CORE / 20)
    assert halo[25, 40] == 0


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("origin", [(0, 0), (-3, 5)])
@pytest.mark.parametrize("corner", [(90, 131), (0, 3), (239, 198)])
def test_in_a_part_it_is_that_of_the_whole(ratio, origin, corner):
    median = np.random.default_rng(1).pareto(1, (240, 203)).astype(np.float32)
    halo, size = star_halo(median, ratio, origin)
    row, column = corner
    part = Rectangle(slice(row, row + 5), slice(column, column + 5)).overlap(Rectangle.whole(median.shape))
    local, same_size = star_halo(median, ratio, origin, part)
    assert (local.shape, same_size) == (halo.shape, size)
    first = [start // size for start in origin]
    for y in range(part.rows.start, part.rows.stop):
        for x in range(part.columns.start, part.columns.stop):
            block = ((y + origin[1]) // size - first[1], (x + origin[0]) // size - first[0])
            assert local[block] == halo[block]


def test_a_part_outside_has_no_halo():
    median = np.ones((20, 20), np.float32)
    outside = Rectangle(slice(90, 95), slice(3, 8)).overlap(Rectangle.whole(median.shape))
    assert not star_halo(median, part=outside)[0].any()
