"""touched_pixels: gaps between small drops are filled as drizzling whole pixels would fill them."""

from types import SimpleNamespace

import numpy as np
import pytest
from wfimosaic.drizzling import Canvas, Drop, part_and_map
from wfimosaic.mosaic_block import Recipe
from wfimosaic.touched_pixels import touched_pixels

from .synthetic import plane_member, whole


@pytest.mark.parametrize("pixfrac", [0.9, 0.5, 0.1])
@pytest.mark.parametrize("ratio", [1.0, 0.5, 1.6])
@pytest.mark.parametrize("angle", [0, 12, 45, 200])
def test_pixels_are_those_that_whole_drops_touch(pixfrac, ratio, angle):
    rng = np.random.default_rng(angle)
    member = plane_member((90, 70), (62.3 / ratio, 61.6 / ratio), 1 / ratio, angle, bend=0.02)
    # A block that cuts a piece of the member off.
    block = whole((round(100 / ratio), round(112 / ratio)))
    dq = (rng.random(member.shape) < 0.08).astype(np.uint32)
    dq[20:24, 30:37] = 1
    part, positions = part_and_map(member, block, Drop("square", pixfrac, ratio))
    usable = (dq[part] == 0).astype(np.float32)
    few, all_of_it = Canvas(block), Canvas(block)
    few.add(usable, usable, positions, Drop("square", pixfrac, ratio))
    all_of_it.add(usable, usable, positions, Drop("square", 1.0, ratio))
    area = few.area(positions, Drop("square", pixfrac, ratio))
    recipe = Recipe(Drop("square", pixfrac, ratio), "ivm", "~DO_NOT_USE", (), False)
    image = SimpleNamespace(read=lambda name, part: dq[part])
    fallen = few.weight[area] > 0
    found = touched_pixels(image, part, positions, block, area, recipe, fallen, complete=True)
    # At the border drizzle drops contributions.
    inside = np.zeros(block.outer_shape, bool)
    margin = Drop("square", 1.0, ratio).margin
    inside[margin:-margin, margin:-margin] = True
    np.testing.assert_array_equal(found[inside[area]], (all_of_it.weight[area] > 0)[inside[area]])
    assert (found & ~fallen).any() and not found.all()
