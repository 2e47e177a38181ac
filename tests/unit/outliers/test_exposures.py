"""exposures: detectors of one exposure are drizzled together, and light pixels do not count."""

import tracemalloc

import numpy as np
import pytest
from astropy.stats import sigma_clip
from wfimosaic.drizzling.canvas import Canvas
from wfimosaic.drizzling.drop import Drop
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.grid.blocks import Block, cut_into_blocks
from wfimosaic.grid.grid import read_grid
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.outliers.exposures import (
    MedianRecipe,
    drizzle_exposure,
    exposure_weights,
    weigh_exposure,
    weight_threshold,
)

from ..synthetic import part_and_map, plane_member, whole, write_image

GOOD_BITS = "~DO_NOT_USE+NON_SCIENCE"
SQUARE = Drop("square", 1.0, 1.0)
SHAPE = (90, 120)


def exposure_of(members, recipe):
    return weigh_exposure("group", members, SHAPE, recipe)


@pytest.fixture
def overlapping(tmp_path):
    """Three members of an exposure that overlap on the grid, with bad pixels; and each alone, as data and weight."""
    rng, members, alone = np.random.default_rng(0), [], []
    for k, position in enumerate([(35, 40), (60, 50), (80, 35)]):
        dq = (rng.random((50, 55)) < 0.2).astype(np.uint32)
        variance = rng.uniform(0.5, 2, dq.shape).astype(np.float16)
        member = plane_member(dq.shape, position, angle=12)
        data = rng.normal(size=dq.shape).astype(np.float32)
        path = write_image(tmp_path / f"{k}.asdf", data, dq=dq, var_rnoise=variance, var_poisson=variance)
        members.append((member, path))
        single = MemberOnBlock(whole(SHAPE))
        part, positions = part_and_map(member, whole(SHAPE), SQUARE)
        weight = np.where(dq == 0, 1 / variance.astype(np.float32), 0)
        single.drizzle(data[part][None], weight[part], positions, SQUARE)
        image, own = np.zeros(SHAPE), np.zeros(SHAPE)
        own[single.area] = single.weight[single.area]
        image[single.area] = np.nan_to_num(single.means[0][single.area])
        alone.append((image, own))
    return members, alone


@pytest.mark.parametrize("rows, columns", [((0, 90), (0, 120)), ((32, 48), (39, 66)), ((0, 25), (90, 120))])
def test_members_are_averaged_by_weight(overlapping, rows, columns):
    members, alone = overlapping
    weight = sum(own for _, own in alone)
    mean = sum(image * own for image, own in alone) / np.where(weight, weight, np.nan)
    area = Rectangle(slice(*rows), slice(*columns))
    recipe = MedianRecipe(SQUARE, "ivm", GOOD_BITS, 0.0, method="romancal")
    found, found_weight = drizzle_exposure(exposure_of(members, recipe), Block(*area.slices, area), recipe)
    np.testing.assert_allclose(found_weight, weight[area.slices], rtol=1e-6)
    np.testing.assert_allclose(found, mean[area.slices], rtol=1e-4, atol=1e-6)


def test_light_pixels_of_each_detector_do_not_count(overlapping):
    members, alone = overlapping
    recipe = MedianRecipe(SQUARE, "ivm", GOOD_BITS, 0.9)
    exposure = exposure_of(members, recipe)
    kept = [
        np.where(own < threshold, 0, own) for (_, own), (*_, threshold) in zip(alone, exposure.members, strict=True)
    ]
    assert all(0.3 < np.count_nonzero(k) / np.count_nonzero(own) < 0.7 for k, (_, own) in zip(kept, alone, strict=True))
    image, weight = drizzle_exposure(exposure, whole(SHAPE), recipe)
    np.testing.assert_allclose(weight, sum(kept), rtol=1e-6)
    assert (np.isfinite(image) == (weight > 0)).all()


@pytest.mark.parametrize(("method", "counts"), [("pairwise", True), ("romancal", False)])
def test_a_block_with_more_noise_than_the_detector_counts(tmp_path, method, counts):
    """As where stars crowd, or an amplifier is noisy: a sky of bright stars without a median loses their halos."""
    dq = np.zeros((384, 384), np.uint32)
    dq[40, 50] = dq[190, 200] = 1
    variance = np.ones((3, 3), np.float32)
    variance[1, 1] = 1.6
    path = write_image(tmp_path / "0.asdf", np.ones(dq.shape, np.float32), dq=dq, sky_noise=variance)
    recipe = MedianRecipe(SQUARE, "ivm-sky", GOOD_BITS, 0.7, method=method)
    exposure = weigh_exposure("group", [(plane_member(dq.shape, (191.5, 191.5)), path)], dq.shape, recipe)
    image, weight = drizzle_exposure(exposure, whole(dq.shape), recipe)
    found = np.isfinite(image)
    assert found[129:255, 129:255].sum() == (126**2 - 1) * counts
    assert found[1:127, 1:383].sum() == 126 * 382 - 1
    assert not found[190, 200] and not found[40, 50]
    if counts:
        # In the units of the weights, all the same.
        np.testing.assert_allclose(weight[found], (8 + 1 / 1.6) / 9, rtol=1e-6)


def test_weights_of_an_exposure_are_those_of_its_members_together(overlapping, monkeypatch):
    members, alone = overlapping
    everything = sum(own for _, own in alone)
    recipe = MedianRecipe(SQUARE, "ivm", GOOD_BITS, 0.0, method="romancal")
    exposure = exposure_of(members, recipe)
    weights = exposure_weights(exposure, recipe)
    np.testing.assert_allclose(np.sort(weights), np.sort(everything[everything > 0]), rtol=1e-6)
    monkeypatch.setattr("wfimosaic.outliers.exposures.MAX_WEIGHTS", 100)
    sample = exposure_weights(exposure, recipe)
    assert 30 < sample.size < 200
    assert sample.mean() == pytest.approx(weights.mean(), rel=0.1)


def test_sample_of_many_weights_takes_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("wfimosaic.outliers.exposures.MAX_WEIGHTS", 1000)
    monkeypatch.setattr("wfimosaic.outliers.exposures.BLOCK_SIZE", 60)
    size, middle = 1800, (899.5, 899.5)
    path = write_image(tmp_path / "0.asdf", np.ones((size, size), np.float32))
    recipe = MedianRecipe(SQUARE, "ivm-sky", GOOD_BITS, 0.7)
    members = [(plane_member((size, size), middle), path)]
    exposure = weigh_exposure("group", members, (size, size), recipe)
    exposure_weights(exposure, recipe)  # The image stays open.
    tracemalloc.start()
    assert 500 < exposure_weights(exposure, recipe).size < 2000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * size**2 / 4, "it holds more than a quarter of the weights"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_threshold_is_a_part_of_the_clipped_mean(seed):
    rng = np.random.default_rng(seed)
    weights = rng.normal(100, 3, 5000).astype(np.float32)
    weights[:300] = rng.uniform(0, 400, 300)
    weights[300:400], weights[400:410] = 0, np.nan
    finite = weights[np.isfinite(weights) & (weights != 0)]
    expected = sigma_clip(finite.astype(float), sigma=3, maxiters=5, masked=False).mean()
    assert weight_threshold(weights, 0.7) == pytest.approx(0.7 * expected, rel=1e-6)
    assert weight_threshold(weights, 0.0) == 0


def test_threshold_of_no_weights_is_nan():
    assert np.isnan(weight_threshold(np.zeros(5, np.float32), 0.7))
    assert weight_threshold(np.full(5, 2, np.float32), 0.7) == pytest.approx(1.4)


@pytest.mark.parametrize("weight_type", ["ivm-sky", "ivm", "exptime"])
@pytest.mark.parametrize("kernel", ["square", "turbo"])
def test_detectors_are_drizzled_together(tmp_path, weight_type, kernel, monkeypatch):
    rng, drop = np.random.default_rng(5), Drop(kernel, 1.0, 1.0)
    members, canvas, alone = [], Canvas(whole(SHAPE)), MemberOnBlock(whole(SHAPE))
    for k, x in enumerate((35, 85)):
        data, dq = rng.normal(size=(50, 55)).astype(np.float32), np.zeros((50, 55), np.uint32)
        dq[20, 20], data[30, 30] = 1, np.nan
        variance = rng.uniform(0.5, 2, (50, 55)).astype(np.float16)
        member = plane_member((50, 55), (x, 44), angle=12)
        path = write_image(
            tmp_path / f"{k}.asdf",
            data + 3,
            level=3.0,
            subtracted=False,
            dq=dq,
            var_rnoise=variance,
            var_poisson=variance,
        )
        members.append((member, path))
        good = (dq == 0) & np.isfinite(data)
        expected = {"ivm-sky": 1, "ivm": 1 / variance.astype(np.float32), "exptime": 100}
        weight = np.where(good, expected[weight_type], 0)
        part, positions = part_and_map(member, whole(SHAPE), drop)
        seen = np.where(good, (data + 3) - np.float32(3), 0)
        alone.drizzle(seen[part][None], weight[part].astype(np.float32), positions, drop)
        canvas.merge(alone)
    monkeypatch.setattr("wfimosaic.outliers.exposures.BLOCK_SIZE", 30)
    recipe = MedianRecipe(drop, weight_type, GOOD_BITS, 0.5, method="romancal")
    exposure = exposure_of(members, recipe)
    image, weight = np.empty(SHAPE, np.float32), np.empty(SHAPE, np.float32)
    for block in cut_into_blocks(Rectangle.whole(SHAPE), 30, drop.margin):
        image[block.slices], weight[block.slices] = drizzle_exposure(exposure, block, recipe)
    counts = canvas.weight >= exposure.threshold
    np.testing.assert_allclose(weight, canvas.weight, rtol=1e-6)
    np.testing.assert_allclose(image[counts], canvas.image[counts], rtol=0, atol=1e-5)
    assert np.isnan(image[~counts]).all()
    assert exposure.threshold == pytest.approx(weight_threshold(canvas.weight.ravel(), 0.5), rel=1e-6)


@pytest.mark.parametrize("method", ["pairwise", "romancal"])
def test_an_exposure_off_the_grid_has_no_area(tmp_path, method):
    path = write_image(tmp_path / "a.asdf", np.ones((5, 5)), var_rnoise=np.ones((5, 5)), var_poisson=np.ones((5, 5)))
    recipe = MedianRecipe(SQUARE, "ivm", "~DO_NOT_USE", 0.7, method=method)
    exposure = weigh_exposure("g", [(plane_member((5, 5), (500, 500)), path)], (20, 20), recipe)
    assert exposure.area is None and exposure.members == []
    if method == "romancal":
        assert np.isnan(exposure.threshold)


def test_detectors_of_one_exposure_share_a_group(matched):
    assert list(read_grid(matched.grid).groups().values()) == [[0, 1], [2, 3], [4, 5]]
