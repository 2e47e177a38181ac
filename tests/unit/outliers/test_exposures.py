"""exposures: detectors of one exposure are drizzled together, and light pixels do not count."""

import tracemalloc

import numpy as np
import pytest
from astropy.stats import sigma_clip
from wfimosaic.drizzling.canvas import Canvas
from wfimosaic.drizzling.drop import Drop, part_and_map
from wfimosaic.drizzling.member_on_block import MemberOnBlock
from wfimosaic.grid.grid import read_grid
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.outliers.exposures import Layer, MedianRecipe, combine, drizzle_exposure, layer_weights, weight_threshold

from ..synthetic import plane_member, whole, write_image


def layer(path, rows, columns, image, weight):
    rows, columns = slice(*rows), slice(*columns)
    np.save(path, np.stack([np.where(weight > 0, image, np.nan), weight]).astype(np.float32))
    return Layer(Rectangle(rows, columns), str(path))


@pytest.fixture
def layers(tmp_path):
    """Three layers on a grid of 40 x 50 that overlap each other, with holes."""
    rng = np.random.default_rng(0)
    made = []
    for k, (rows, columns) in enumerate([((0, 20), (5, 30)), ((10, 35), (20, 50)), ((15, 40), (0, 25))]):
        shape = (rows[1] - rows[0], columns[1] - columns[0])
        weight = rng.uniform(1, 3, shape) * (rng.random(shape) < 0.8)
        made.append(layer(tmp_path / f"{k}.npy", rows, columns, rng.normal(size=shape), weight))
    return made


@pytest.mark.parametrize("window", [((0, 40), (0, 50)), ((12, 18), (19, 26)), ((0, 5), (40, 50))])
def test_layers_are_averaged_by_weight(layers, window):
    weighted, weight = np.zeros((40, 50)), np.zeros((40, 50))
    for each in layers:
        image, own = np.load(each.path).astype(float)
        weighted[each.area.slices] += np.nan_to_num(image) * own
        weight[each.area.slices] += own
    rows, columns = (slice(*span) for span in window)
    found, found_weight = combine(layers, Rectangle(rows, columns))
    np.testing.assert_allclose(found_weight, weight[rows, columns], rtol=1e-6)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found, (weighted / weight)[rows, columns], rtol=1e-4, atol=1e-6)


def test_weights_of_an_exposure_are_those_of_its_layers_together(layers, monkeypatch):
    everything = combine(layers, Rectangle.whole((40, 50)))[1]
    np.testing.assert_array_equal(np.sort(layer_weights(layers)), np.sort(everything[everything > 0]))
    monkeypatch.setattr("wfimosaic.outliers.exposures.MAX_WEIGHTS", 100)
    sample = layer_weights(layers)
    assert 50 < sample.size < 200
    assert sample.mean() == pytest.approx(everything[everything > 0].mean(), rel=0.1)
    assert layer_weights([]).size == 0


def test_sample_of_many_weights_takes_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("wfimosaic.outliers.exposures.MAX_WEIGHTS", 1000)
    monkeypatch.setattr("wfimosaic.outliers.exposures.STRIP", 16)
    size = 1500
    layers = [layer(tmp_path / "0.npy", (0, size), (0, size), np.ones((size, size)), np.ones((size, size)))]
    tracemalloc.start()
    layer_weights(layers)
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
def test_detectors_are_drizzled_onto_their_footprints(tmp_path, weight_type, monkeypatch):
    rng, shape, drop = np.random.default_rng(5), (90, 120), Drop("square", 1.0, 1.0)
    members, canvas, alone = [], Canvas(whole(shape)), MemberOnBlock(whole(shape))
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
        members.append((member, path, str(tmp_path / f"{k}.npy")))
        good = (dq == 0) & np.isfinite(data)
        expected = {"ivm-sky": 1, "ivm": 1 / variance.astype(np.float32), "exptime": 100}
        weight = np.where(good, expected[weight_type], 0)
        part, positions = part_and_map(member, whole(shape), drop)
        seen = np.where(good, (data + 3) - np.float32(3), 0)
        alone.drizzle(seen[part][None], weight[part].astype(np.float32), positions, drop)
        canvas.merge(alone)
    monkeypatch.setattr("wfimosaic.outliers.exposures.BLOCK_SIZE", 30, raising=False)
    recipe = MedianRecipe(drop, weight_type, "~DO_NOT_USE+NON_SCIENCE", 0.5, method="romancal")
    exposure = drizzle_exposure("group", members, shape, recipe)
    image, weight = combine(exposure.layers, Rectangle.whole((90, 120)))
    np.testing.assert_allclose(weight, canvas.weight, rtol=1e-6)
    np.testing.assert_allclose(image, canvas.image, rtol=0, atol=1e-5)
    assert exposure.threshold == pytest.approx(weight_threshold(canvas.weight.ravel(), 0.5), rel=1e-6)


def test_members_off_the_grid_leave_no_layer(tmp_path):
    path = write_image(tmp_path / "a.asdf", np.ones((5, 5)), var_rnoise=np.ones((5, 5)), var_poisson=np.ones((5, 5)))
    members = [(plane_member((5, 5), (500, 500)), path, str(tmp_path / "0.npy"))]
    recipe = MedianRecipe(Drop("square", 1.0, 1.0), "ivm", "~DO_NOT_USE", 0.7, method="romancal")
    exposure = drizzle_exposure("g", members, (20, 20), recipe)
    assert exposure.layers == []
    assert np.isnan(exposure.threshold)


def test_detectors_of_one_exposure_share_a_group(matched):
    assert list(read_grid(matched.grid).groups().values()) == [[0, 1], [2, 3], [4, 5]]
