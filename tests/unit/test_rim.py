"""The rim: bowed edges that a border cuts get pixels without weight around them, all else stays as it is."""

import numpy as np
import pytest
from wfimosaic.rim import with_rim

from .synthetic import plane_member

SIZE = (120, 100)


def positions_of(center, bow, angle=0.0):
    member = plane_member(SIZE, center, 1.0, angle, bow=bow)
    return member.pixel_map(slice(0, SIZE[0]), slice(0, SIZE[1]))


@pytest.mark.parametrize(
    ("center", "bow"),
    [((150, 150), 0.02), ((150, 30), 0.0)],
    ids=["it lies inside", "its edges are straight"],
)
def test_nothing_is_copied_where_nothing_would_be_lost(center, bow):
    positions, data = positions_of(center, bow), np.ones(SIZE, np.float32)
    found = with_rim(positions, (300, 300), data, None)
    assert found[0] is positions
    assert found[1] is data
    assert found[2] is None


def test_a_corner_just_beyond_the_border_is_left_to_drizzle():
    positions = positions_of((150, 150), 0.02, angle=45)
    tip = positions[..., 0].min()
    for beyond, copied in ((0.3, False), (40, True)):
        moved = positions - np.array([tip + beyond, 0])
        assert (with_rim(moved, (300, 300))[0] is not moved) == copied


@pytest.mark.parametrize("angle", [0, 90, 200])
@pytest.mark.parametrize("bow", [0.02, -0.03])
def test_the_rim_is_wider_than_the_bow_and_weighs_nothing(bow, angle):
    positions, weight = positions_of((150, 10), bow, angle), np.ones(SIZE, np.float32)
    wide, around = with_rim(positions, (300, 300), weight)
    rim = (len(wide) - SIZE[0]) // 2
    # Two edges are bowed outward whatever the sign: by this many of their own lengths.
    assert abs(bow) * max(SIZE) <= rim <= abs(bow) * max(SIZE) + 2
    inner = (slice(rim, -rim), slice(rim, -rim))
    np.testing.assert_array_equal(wide[inner], positions)
    np.testing.assert_array_equal(around[inner], weight)
    assert around.sum() == weight.sum()
    # drizzle continues on a straight line from the last two pixels: so no pixel's corner moves.
    np.testing.assert_array_equal(wide[rim - 1, rim:-rim], 2 * positions[0] - positions[1])
    np.testing.assert_array_equal(wide[rim:-rim, -rim], 2 * positions[:, -1] - positions[:, -2])
