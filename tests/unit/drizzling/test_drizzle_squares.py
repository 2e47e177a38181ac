"""drizzle_squares: against drizzle where that loses nothing, and where it does against the overlaps of polygons."""

import numpy as np
import pytest
from wfimosaic.drizzling.canvas import Canvas
from wfimosaic.drizzling.drop import Drop
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.grid.blocks import cut_into_blocks
from wfimosaic.grid.rectangle import Rectangle

from ..brute_force import shares
from ..synthetic import drizzle_in_bands, part_and_map, plane_member, whole


def square_sums(member, block, values, weight, pixfrac=1.0, ratio=1.0):
    """Weight and means of a member in the block's own rectangle."""
    drop, alone = Drop("square", pixfrac, ratio), MemberOnBlock(block, len(values))
    sums = np.full((1 + len(values), *block.outer.shape), np.nan, np.float32)
    sums[0] = 0
    if drizzle_in_bands(alone, member, block, drop, values, weight):
        sums[(0, *alone.area)] = alone.weight[alone.area]
        sums[(slice(1, None), *alone.area)] = alone.means[(slice(None), *alone.area)]
    return sums[(slice(None), *block.inner)]


@pytest.mark.parametrize("ratio", [1.0, 0.3, 1.9])
@pytest.mark.parametrize("pixfrac", [1.0, 0.63, 0.01])
@pytest.mark.parametrize("angle", [0, 33, 90, 211])
def test_whole_members_are_drizzled_as_by_drizzle(angle, pixfrac, ratio):
    rng, size = np.random.default_rng(angle), (150, 170)
    shape = (round(250 / ratio), round(260 / ratio))
    member = plane_member(size, (127.3 / ratio, 125.6 / ratio), 1 / ratio, angle, bend=0.02, bow=0.01)
    values = rng.normal(size=(2, *size)).astype(np.float32)
    weight = (rng.uniform(0.5, 2, size) * (rng.random(size) < 0.95)).astype(np.float32)
    found = square_sums(member, whole(shape), values, weight, pixfrac, ratio)

    drop = Drop("square", pixfrac, ratio)
    for value, mean in zip(values, found[1:], strict=True):
        canvas = Canvas(whole(shape))
        canvas.drizzle(value, weight, part_and_map(member, whole(shape), drop)[1], drop)
        np.testing.assert_array_equal(found[0] > 0, canvas.weight > 0)
        np.testing.assert_allclose(found[0], canvas.weight, rtol=2e-6, atol=1e-9 * weight.max())
        # Values of both signs may cancel: float32 keeps a millionth of the largest.
        np.testing.assert_allclose(mean, canvas.image, rtol=0, atol=3e-6 * np.abs(value).max())
    assert found[0].sum(dtype=float) == pytest.approx(weight.sum(dtype=float), rel=1e-6)


@pytest.mark.parametrize("pixfrac", [1.0, 0.5])
@pytest.mark.parametrize("center", [(2.3, 31.2), (60.1, 28.7), (30.2, -3.4), (29.8, 62.9), (30.1, 30.3)])
def test_nothing_is_lost_where_the_border_of_the_grid_cuts_pixels(center, pixfrac):
    rng, size, shape = np.random.default_rng(1), (70, 64), (61, 59)
    member = plane_member(size, center, 1.0, 27, bend=0.002, bow=0.002)
    weight = rng.uniform(0.5, 2, size).astype(np.float32)
    values = rng.normal(size=(1, *size)).astype(np.float32)
    found = square_sums(member, whole(shape), values, weight, pixfrac)
    share = shares(member, shape, "square", pixfrac)
    expected = (share @ weight.ravel()).reshape(shape)
    # Corners of pixels are halfway between centres: 1e-5 of a pixel beside the curve that members follow.
    np.testing.assert_allclose(found[0], expected, atol=2e-4, rtol=0)
    assert (expected > 0)[[0, -1]].any() or (expected > 0)[:, [0, -1]].any()
    seen = expected > 0.01
    mean = (share @ (weight * values[0]).ravel()).reshape(shape)[seen] / expected[seen]
    np.testing.assert_allclose(found[1][seen], mean, atol=0.01)


@pytest.mark.parametrize("angle", [0, 35, 90, 250])
@pytest.mark.parametrize("pixfrac", [1.0, 0.7])
def test_blocks_cut_bowed_members_without_a_trace(pixfrac, angle):
    rng, size, shape = np.random.default_rng(3), (700, 640), (1000, 1000)
    values, weight = rng.normal(size=(2, *size)).astype(np.float32), rng.uniform(1, 2, size).astype(np.float32)
    for bow in (0.003, -0.003):
        member = plane_member(size, (500.2, 498.7), 1.0, angle, bow=bow)
        at_once = square_sums(member, whole(shape), values, weight, pixfrac)
        for block_size in (260, 410):
            pieces = np.empty_like(at_once)
            for block in cut_into_blocks(Rectangle.whole(shape), block_size, 0):
                pieces[:, block.rows, block.columns] = square_sums(member, block, values, weight, pixfrac)
            assert pieces.tobytes() == at_once.tobytes()


@pytest.mark.parametrize("pixfrac", [1.0, 0.1, 0.01, 1e-4])
@pytest.mark.parametrize("angle", [1e-4, 1e-6, -1e-8, 90 + 1e-6, 180 - 1e-7])
def test_drops_with_nearly_level_edges_keep_their_weight(angle, pixfrac):
    # Where each small drop lies within one output pixel, that one has its weight. Large ones share theirs.
    rng, size, shape = np.random.default_rng(7), (30, 32), (70, 70)
    member, weight = plane_member(size, (34.3, 35.2), 1.3, angle), rng.uniform(0.5, 2, size).astype(np.float32)
    found = square_sums(member, whole(shape), weight[None], weight, pixfrac)
    expected = (shares(member, shape, "square", pixfrac) @ weight.ravel()).reshape(shape)
    # Positions are rounded to 2^-24 of a pixel.
    np.testing.assert_allclose(found[0], expected, rtol=2e-6, atol=4 * 2**-24 / pixfrac)
    assert found[0].min() == 0


def test_flags_in_another_byte_order_are_united():
    block, ones = whole((8, 8)), np.ones((4, 4), np.float32)
    alone, member = MemberOnBlock(block, with_dq=True), plane_member((4, 4), (3.5, 3.5))
    part, positions = part_and_map(member, block, Drop("square", 1.0, 1.0))
    alone.drizzle(ones[None], ones, positions, Drop("square", 1.0, 1.0), np.full((4, 4), 2**31, ">u4")[part])
    assert set(np.unique(alone.dq[alone.area])) == {0, 2**31}


def test_members_in_line_with_the_grid_are_copied():
    rng, size = np.random.default_rng(4), (40, 300)
    values, weight = rng.normal(size=(1, *size)).astype(np.float32), np.ones(size, np.float32)
    for angle in (0, 90, 180, 270):
        shape = (320, 320)
        turned = size if angle % 180 == 0 else size[::-1]
        x, y = 160 + (turned[1] - 1) / 2 % 1, 160 + (turned[0] - 1) / 2 % 1
        weights, mean = square_sums(plane_member(size, (x, y), 1.0, angle), whole(shape), values, weight)
        rows, columns = np.nonzero(weights > 0)
        assert rows.size == weight.size
        box = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        np.testing.assert_allclose(weights[box], 1, rtol=1e-6)
        np.testing.assert_allclose(mean[box], np.rot90(values[0], -angle // 90), atol=1e-6)


def test_mirrored_members_weigh_as_much():
    rng, size, shape = np.random.default_rng(5), (30, 40), (61, 61)
    values, weight = rng.normal(size=(1, *size)).astype(np.float32), rng.uniform(1, 2, size).astype(np.float32)
    member, mirrored = (plane_member(size, (30.2, 29.7), 1.0, 20) for _ in range(2))
    mirrored.coefficients[..., 0] *= -1
    mirrored.coefficients[0, 0, 0] += 60
    one, other = (square_sums(each, whole(shape), values, weight) for each in (member, mirrored))
    np.testing.assert_allclose(other[..., ::-1], one, rtol=0, atol=2e-6)


def test_means_are_over_the_pixels_where_a_value_is_finite():
    rng, size, shape = np.random.default_rng(6), (20, 22), (34, 35)
    member, weight = plane_member(size, (17.2, 16.4), 1.0, 30), rng.uniform(1, 2, size).astype(np.float32)
    values = rng.normal(size=(3, *size)).astype(np.float32)
    values[1, 5:9, 6:10], values[1, 12, 12] = np.nan, np.inf
    weight[3, 3], values[2, 3, 3] = 0, np.nan
    found = square_sums(member, whole(shape), values, weight)
    assert np.isfinite(found[3][found[0] > 0]).all()
    usable = np.isfinite(values[1])
    alone = square_sums(member, whole(shape), np.where(usable, values[1], 0)[None], np.where(usable, weight, 0))
    np.testing.assert_array_equal(found[2], alone[1])
    assert np.isnan(found[2][found[0] > 0]).sum() == ((alone[0] == 0) & (found[0] > 0)).sum() > 0


def test_pixels_that_distortion_makes_larger_reach_all_that_they_overlap():
    size, ratio, larger, shape = (12, 11), 0.05, 1.05, (420, 420)
    member, ones = plane_member(size, (209.6, 210.2), larger / ratio, 45), np.ones(size, np.float32)
    found, drop = square_sums(member, whole(shape), ones[None], ones, ratio=ratio), Drop("square", 1.0, ratio)
    canvas = Canvas(whole(shape))
    canvas.drizzle(ones, ones, part_and_map(member, whole(shape), drop)[1], drop)
    np.testing.assert_array_equal(found[0] > 0, canvas.weight > 0)
