"""touched_pixels: gaps between small drops are filled as drizzling whole pixels would fill them."""

from types import SimpleNamespace

import numpy as np
import pytest
from wfimosaic.blocks import Block
from wfimosaic.drizzling import Canvas, Drop, part_and_map
from wfimosaic.mosaic_block import Recipe
from wfimosaic.touched_pixels import touched_pixels

from .synthetic import plane_member, whole


@pytest.mark.parametrize("with_margin", [True, False])
@pytest.mark.parametrize("pixfrac", [0.9, 0.5, 0.1])
@pytest.mark.parametrize("ratio", [1.0, 0.5, 1.6])
@pytest.mark.parametrize("angle", [0, 12, 45, 200])
def test_pixels_are_those_that_whole_drops_touch(pixfrac, ratio, angle, with_margin):
    rng = np.random.default_rng(angle)
    member = plane_member((90, 70), (62.3 / ratio, 61.6 / ratio), 1 / ratio, angle, bend=0.02)
    small, large = Drop("square", pixfrac, ratio), Drop("square", 1.0, ratio)
    # A block that cuts a piece of the member off; drizzle drops contributions along its border.
    block = whole((round(100 / ratio), round(112 / ratio)))
    if with_margin:
        inner = (slice(large.margin, side.stop - large.margin) for side in (block.rows, block.columns))
        block = Block(*inner, block.outer_rows, block.outer_columns)
    dq = (rng.random(member.shape) < 0.08).astype(np.uint32)
    dq[20:24, 30:37] = 1
    part, positions = part_and_map(member, block, small)
    usable = (dq[part] == 0).astype(np.float32)
    few, everything = Canvas(block), Canvas(block)
    few.add(usable, usable, positions, small)
    everything.add(usable, usable, positions, large)
    area = few.area(positions, small)
    recipe = Recipe(small, "ivm", "~DO_NOT_USE", (), False)
    image = SimpleNamespace(read=lambda name, part: dq[part])
    fallen = few.weight[area] > 0
    found = np.zeros(block.outer_shape, bool)
    found[area] = touched_pixels(image, part, positions, block, area, recipe, fallen, complete=True)
    np.testing.assert_array_equal(found[block.inner], everything.weight[block.inner] > 0)
    assert (found[area] & ~fallen).any() and not found[block.inner].all()
