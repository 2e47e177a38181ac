"""blot: the median as a member saw it, whole and in part."""

import numpy as np
import pytest
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.outliers.blot import blot

from ..synthetic import plane_member


def test_blot_interpolates_linearly():
    member = plane_member((700, 50), (80, 400), angle=8, bend=0.01)
    y, x = np.mgrid[:900, :170]
    positions = member.pixel_map(slice(0, 700), slice(0, 50))
    blotted = blot((3 + 0.5 * x - 0.25 * y).astype(np.float32), member)
    np.testing.assert_allclose(blotted, 3 + 0.5 * positions[..., 0] - 0.25 * positions[..., 1], rtol=0, atol=1e-4)


def test_blot_is_the_fill_value_off_the_grid():
    median = np.ones((40, 40), np.float32)
    member = plane_member((30, 30), (0, 20))
    blotted = blot(median, member, fillval=-7)
    positions = member.pixel_map(slice(0, 30), slice(0, 30))
    np.testing.assert_array_equal(blotted[positions[..., 0] > 0.001], 1)
    np.testing.assert_array_equal(blotted[positions[..., 0] < -0.001], -7)
    assert np.isnan(blot(median, plane_member((5, 5), (500, 500)))).all()


@pytest.mark.parametrize("center", [(80, 400), (3, 20), (165, 890)])
def test_part_of_a_member_has_the_values_of_the_whole(center):
    rng = np.random.default_rng(1)
    median = rng.normal(size=(900, 170)).astype(np.float32)
    member = plane_member((700, 50), center, angle=8, bend=0.01)
    everything = blot(median, member, -7)
    for rows, columns in [((0, 700), (20, 21)), ((251, 262), (0, 50)), ((699, 700), (49, 50))]:
        cutout = Rectangle(slice(*rows), slice(*columns))
        np.testing.assert_array_equal(blot(median, member, -7, cutout), everything[cutout.slices])
