"""Blocks: drizzling block by block gives the same bits as drizzling the whole grid at once."""

import numpy as np
import pytest
from wfimosaic.drizzling.canvas import Canvas
from wfimosaic.drizzling.drop import Drop
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.grid.blocks import cut_into_blocks, footprint, part_in_block
from wfimosaic.grid.rectangle import Rectangle

from ..synthetic import drizzle_in_bands, part_and_map, plane_member, whole

KERNELS = ["square", "point", "turbo", "gaussian", "lanczos2", "lanczos3"]
# Margins at pixfrac 1 below which some pixels of these data come out differently.
SMALLEST = {
    1.0: {"point": 1, "turbo": 2, "gaussian": 2, "lanczos2": 3, "lanczos3": 4},
    0.5: {"point": 2, "turbo": 3, "gaussian": 4, "lanczos2": 5, "lanczos3": 7},
}


def exposures(ratio, seed=0):
    """Three members with data and weights, and the shape of a grid that does not hold them quite."""
    rng, size = np.random.default_rng(seed), (50, 56)
    found = []
    for _ in range(3):
        center = rng.uniform(36, 44, 2) / ratio
        member = plane_member(size, center, 1 / ratio, rng.uniform(0, 360), bend=0.01)
        weight = rng.uniform(0.5, 2, size).astype(np.float32)
        found.append((member, rng.normal(size=size).astype(np.float32), weight))
    return found, (round(72 / ratio), round(76 / ratio))


def drizzle(members, shape, blocks, drop):
    """Drizzle members in each block; image, weight and context of the whole grid."""
    arrays = [np.full(shape, np.nan, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.uint32)]
    for block in blocks:
        canvas, alone = Canvas(block, planes=[0]), MemberOnBlock(block)
        for index, (member, data, weight) in enumerate(members):
            if drop.kernel.startswith("lanczos"):
                found = part_and_map(member, block, drop)
                if found:
                    part, positions = found
                    canvas.drizzle(data[part], weight[part], positions, drop, index)
            elif drizzle_in_bands(alone, member, block, drop, data[None], weight):
                canvas.merge(alone, index)
        for array, own in zip(arrays, (canvas.image, canvas.weight, canvas.context[0]), strict=True):
            array[block.rows, block.columns] = own[block.inner]
    return arrays


def same_bits(a, b):
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("pixfrac", [1.0, 0.6])
@pytest.mark.parametrize("kernel", KERNELS)
def test_blocks_give_the_same_bits_as_the_whole(kernel, pixfrac, ratio):
    members, shape = exposures(ratio)
    drop = Drop(kernel, pixfrac, ratio)
    at_once = drizzle(members, shape, [whole(shape)], drop)
    assert (at_once[1] > 0).sum() > 2000
    for size in (30, 47):
        assert same_bits(
            drizzle(members, shape, cut_into_blocks(Rectangle.whole(shape), size, drop.margin), drop), at_once
        )


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("kernel", KERNELS[1:])
def test_margin_is_needed(kernel, ratio):
    members, shape = exposures(ratio)
    drop = Drop(kernel, 1.0, ratio)
    at_once = drizzle(members, shape, [whole(shape)], drop)
    too_small = cut_into_blocks(Rectangle.whole(shape), 30, SMALLEST[ratio][kernel] - 1)
    assert not same_bits(drizzle(members, shape, too_small, drop), at_once)
    # Not wasteful either: a block's cost grows with its margin.
    assert drop.margin <= SMALLEST[ratio][kernel] + 1


@pytest.mark.parametrize("ratio", [0.3, 0.7, 2.0])
@pytest.mark.parametrize("kernel", KERNELS)
def test_margin_grows_as_output_pixels_shrink(kernel, ratio):
    members, shape = exposures(ratio, seed=1)
    drop = Drop(kernel, 1.0, ratio)
    at_once = drizzle(members, shape, [whole(shape)], drop)
    assert same_bits(drizzle(members, shape, cut_into_blocks(Rectangle.whole(shape), 40, drop.margin), drop), at_once)


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (256, 255)])
def test_every_pixel_belongs_to_one_block(shape):
    counts = np.zeros(shape, int)
    for block in cut_into_blocks(Rectangle.whole(shape), 64, 3):
        counts[block.rows, block.columns] += 1
        place = np.arange(np.prod(shape)).reshape(shape)
        assert place[block.rows, block.columns].size <= 64 * 64
        inner = place[block.outer.rows, block.outer.columns][block.inner]
        np.testing.assert_array_equal(inner, place[block.rows, block.columns])
        assert block.outer.rows.start == max(0, block.rows.start - 3)
        assert block.outer.columns.stop == min(shape[1], block.columns.stop + 3)
    assert (counts == 1).all()


def test_footprint_holds_all_that_falls_on_the_grid():
    member = plane_member((40, 30), (5, 60), angle=40, bend=0.02)
    x, y = np.moveaxis(member.pixel_map(slice(0, 40), slice(0, 30)), -1, 0)
    on_grid = (x > -0.5) & (x < 69.5) & (y > -0.5) & (y < 69.5)
    block = footprint(member, (70, 70), 2)
    assert block.columns.start == 0
    assert block.columns.stop - 1 >= x[on_grid].max() + 2
    assert block.rows.start <= y[on_grid].min() - 2
    assert block.rows.stop == 70
    assert not footprint(plane_member((40, 30), (200, 60)), (70, 70), 2)


def test_part_holds_every_pixel_whose_flux_reaches_the_block():
    member = plane_member((300, 200), (150, 150), angle=25, bend=0.02)
    x, y = np.moveaxis(member.pixel_map(slice(0, 300), slice(0, 200)), -1, 0)
    for block in cut_into_blocks(Rectangle.whole((300, 300)), 60, 0):
        near = (x > block.columns.start - 3) & (x < block.columns.stop + 2)
        near &= (y > block.rows.start - 3) & (y < block.rows.stop + 2)
        part = part_in_block(member, block, 3.0)
        if near.any():
            inside = np.zeros(member.shape, bool)
            inside[part] = True
            assert not (near & ~inside).any()
    far = cut_into_blocks(Rectangle.whole((300, 900)), 300, 0)[2]
    assert part_in_block(member, far, 3.0) is None
