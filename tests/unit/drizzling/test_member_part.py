"""member_part: bands of rows, which give the same as all pixels of the part at once, to the last bit."""

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.drizzling.member_part import member_part
from wfimosaic.grid.blocks import cut_into_blocks
from wfimosaic.grid.rectangle import Rectangle

from ..synthetic import drizzle_in_bands, part_and_map, plane_member, whole

SHAPE = (640, 600)


def everywhere(alone):
    """Means and weight in the whole block."""
    found = np.full((1 + len(alone.means), *alone.weight.shape), np.nan, np.float32)
    found[0] = 0
    found[(0, *alone.area)], found[(slice(1, None), *alone.area)] = (
        alone.weight[alone.area],
        alone.means[:, *alone.area],
    )
    return found


@pytest.mark.parametrize("pixfrac", [1.0, 0.6])
@pytest.mark.parametrize("angle", [0, 12, 44, 90, 200])
@pytest.mark.parametrize("size", [(257, 321), (512, 513), (65, 2), (2, 700)])
def test_bands_give_the_same_bits_as_all_at_once(size, angle, pixfrac):
    rng, drop = np.random.default_rng(8), Drop("square", pixfrac, 1.0)
    member = plane_member(size, (301.3, 318.8), 1.0, angle, bend=0.01, bow=0.004)
    weight = (rng.uniform(0.5, 2, size) * (rng.random(size) < 0.98)).astype(np.float32)
    values = rng.normal(size=(2, *size)).astype(np.float32)
    # From the middle on: sums of their own begin there.
    values[1, size[0] // 2 :][rng.random(values[1, size[0] // 2 :].shape) < 0.01] = np.nan
    seen = 0
    for block in cut_into_blocks(Rectangle.whole(SHAPE), 210, 0):
        bands, at_once = MemberOnBlock(block, 2), MemberOnBlock(block, 2)
        if not drizzle_in_bands(bands, member, block, drop, values, weight):
            continue
        part, positions = part_and_map(member, block, drop)
        at_once.drizzle(values[:, *part], weight[part], positions, drop)
        assert everywhere(bands).tobytes() == everywhere(at_once).tobytes()
        seen += np.count_nonzero(bands.weight[bands.area])
    assert seen > 100


def test_bands_are_no_wider_than_they_must_be():
    block, drop = Rectangle(slice(700, 1300), slice(700, 1300)), Drop("square", 1.0, 1.0)
    member = plane_member((2000, 2000), (1000, 1000), 1.0, 45)
    part = member_part(member, cut_into_blocks(block, 600, 0)[0], drop)
    looked_at = sum((rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in part.spans)
    # The rectangle around the block has twice its pixels; cells are 64 pixels wide.
    assert 600**2 < looked_at < 1.35 * 600**2
    assert (part.rows.stop - part.rows.start) * (part.columns.stop - part.columns.start) > 1.9 * 600**2


def test_what_drizzle_does_is_one_band():
    member, block = plane_member((300, 310), (200, 190), 1.0, 30), whole((400, 400))
    (band,) = member_part(member, block, Drop("turbo", 1.0, 1.0)).bands()
    assert band.part == (slice(0, 300), slice(0, 310)) and band.corner == (0, 0)
    np.testing.assert_array_equal(band.positions, member.pixel_map(*band.part))
