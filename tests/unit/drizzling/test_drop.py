"""drizzling: every kernel does what its definition says; flux and positions are kept."""

import numpy as np
import pytest
from scipy.special import erf
from wfimosaic.drizzling.canvas import Canvas
from wfimosaic.drizzling.drop import Drop
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.grid import pixel_map

from ..brute_force import shares
from ..synthetic import part_and_map, plane_member, whole

KERNELS = ["square", "point", "turbo", "gaussian", "lanczos2", "lanczos3"]


def drizzle(member, data, weight, shape, drop):
    block = whole(shape)
    alone, canvas = MemberOnBlock(block), Canvas(block, planes=[0])
    part, positions = part_and_map(member, block, drop)
    alone.drizzle(data[part][None], weight[part], positions, drop)
    canvas.merge(alone)
    return canvas


def star(shape, x, y, fwhm):
    """A Gaussian star of flux 1, integrated over pixels."""

    def along(length, at):
        return np.diff(erf((np.arange(length + 1) - 0.5 - at) / (np.sqrt(2) * fwhm / 2.3548))) / 2

    return (along(shape[0], y)[:, None] * along(shape[1], x)).astype(np.float32)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 1.7])
@pytest.mark.parametrize("pixfrac", [1.0, 0.5])
@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_follows_its_definition(kernel, pixfrac, ratio):
    rng = np.random.default_rng(3)
    size, shape = (14, 15), (round(26 / ratio), round(24 / ratio))
    member = plane_member(size, (12.2 / ratio, 12.9 / ratio), 1 / ratio, angle=25)
    data, weight = rng.normal(size=size).astype(np.float32), rng.uniform(0.5, 2, size).astype(np.float32)
    canvas = drizzle(member, data, weight, shape, Drop(kernel, pixfrac, ratio))

    share = shares(member, shape, kernel, pixfrac, ratio)
    expected_weight = (share @ weight.ravel()).reshape(shape)
    rounding = 1e-6
    np.testing.assert_allclose(canvas.weight, expected_weight, rtol=0, atol=rounding * expected_weight.max())
    heavy = expected_weight > 0.2 * expected_weight.max()
    expected = (share @ (weight * data).ravel()).reshape(shape)[heavy] / expected_weight[heavy]
    np.testing.assert_allclose(canvas.image[heavy], expected, rtol=0, atol=10 * rounding)
    if not kernel.startswith("lanczos"):
        np.testing.assert_array_equal(canvas.touched_by(0), (share > 0).any(axis=1).reshape(shape))
    assert np.isnan(canvas.image[canvas.weight == 0]).all()


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("kernel", KERNELS)
def test_flat_field_stays_flat(kernel, ratio):
    rng = np.random.default_rng(5)
    size, shape = (60, 64), (round(90 / ratio), round(94 / ratio))
    canvas, alone = Canvas(whole(shape)), MemberOnBlock(whole(shape))
    for angle in (10, 77):
        member = plane_member(size, (47 / ratio, 45 / ratio), 1 / ratio, angle, bend=0.02)
        part, positions = part_and_map(member, whole(shape), Drop(kernel, 1.0, ratio))
        weight = rng.uniform(0.5, 2, size).astype(np.float32)
        alone.drizzle(np.full((1, *size), 7, np.float32)[:, *part], weight[part], positions, Drop(kernel, 1.0, ratio))
        canvas.merge(alone)
    covered = canvas.weight > 0.1 * canvas.weight.max()
    assert covered.sum() > 3000 / ratio**2 * (0.25 if kernel == "point" else 1)
    np.testing.assert_allclose(canvas.image[covered], 7, rtol=2e-6)


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize(("kernel", "flux_error"), [("square", 0.001), ("turbo", 0.01)])
def test_stars_keep_their_flux_and_place(kernel, flux_error, ratio):
    rng = np.random.default_rng(6)
    size, shape = (130, 130), (round(180 / ratio), round(180 / ratio))
    member = plane_member(size, (90 / ratio, 90 / ratio), 1 / ratio, angle=17, bend=0.01)
    x, y = 17 + 24 * np.mgrid[:5, :5].reshape(2, -1) + rng.uniform(-0.5, 0.5, (2, 25))
    data = sum(star(size, *place, fwhm=2.0) for place in zip(x, y, strict=True))
    canvas = drizzle(member, data, np.ones(size, np.float32), shape, Drop(kernel, 1.0, ratio))

    # Surface brightness is kept, so a flux is its sum times the pixel's area, which distortion changes.
    dx, dy = (
        pixel_map.positions(member.coefficients, member.box, x + a, y + b)
        - pixel_map.positions(member.coefficients, member.box, x - a, y - b)
        for a, b in ((0.5, 0), (0, 0.5))
    )
    area = np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0])
    places = pixel_map.positions(member.coefficients, member.box, x, y)
    for (u, v), expected in zip(places, area, strict=True):
        reach = round(8 / ratio)
        corner = round(u) - reach, round(v) - reach
        cut = canvas.image[corner[1] : corner[1] + 2 * reach + 1, corner[0] : corner[0] + 2 * reach + 1]
        flux = cut.sum(dtype=float)
        assert flux == pytest.approx(expected, rel=flux_error)
        rows, columns = np.indices(cut.shape)
        assert corner[0] + (cut * columns).sum() / flux == pytest.approx(u, abs=0.02)
        assert corner[1] + (cut * rows).sum() / flux == pytest.approx(v, abs=0.02)


def test_context_has_a_bit_for_each_of_70_members():
    block, drop, ones = whole((8, 80)), Drop("square", 1.0, 1.0), np.ones((4, 4), np.float32)
    canvas, alone = Canvas(block, planes=[0, 1, 2]), MemberOnBlock(block)
    for index in range(70):
        part, positions = part_and_map(plane_member((4, 4), (4 + index, 4)), block, drop)
        alone.drizzle(ones[part][None], ones[part], positions, drop)
        canvas.merge(alone, index)
    for index in range(70):
        assert np.flatnonzero(canvas.touched_by(index).any(axis=0)).tolist() == list(range(index + 2, index + 7))


@pytest.mark.parametrize("kernel", ["lanczos2", "lanczos3"])
def test_kernels_with_negative_lobes_take_a_second_member(kernel):
    # Their weights are negative in places, which drizzle's own bookkeeping of the context refuses.
    block, drop, ones = whole((40, 40)), Drop(kernel, 1.0, 1.0), np.ones((20, 20), np.float32)
    canvas = Canvas(block, planes=[0])
    for index in (0, 1):
        part, positions = part_and_map(plane_member((20, 20), (20 + index, 20), angle=30 * index), block, drop)
        canvas.drizzle(ones[part], ones[part], positions, drop, index)
    assert canvas.touched_by(0)[20, 20]
    assert canvas.touched_by(1)[20, 20]


@pytest.mark.parametrize("kernel", ["square", "turbo"])
def test_flags_of_all_pixels_that_fall_on_one_are_united(kernel):
    block, drop, ones = whole((6, 6)), Drop(kernel, 1.0, 1.0), np.ones((6, 6), np.float32)
    canvas, alone = Canvas(block, with_dq=True), MemberOnBlock(block, with_dq=True)
    dq = np.zeros((6, 6), np.uint32)
    dq[2, 2], dq[2, 3] = 4, 2**31
    part, positions = part_and_map(plane_member((6, 6), (3.0, 2.8)), block, drop)
    alone.drizzle(ones[part][None], ones[part], positions, drop, dq=dq[part])
    canvas.merge(alone)
    assert canvas.dq[2].tolist() == canvas.dq[3].tolist() == [0, 0, 4, 4 | 2**31, 2**31, 0]
    assert not canvas.dq[[0, 1, 4, 5]].any()
