"""make_median: the median of a stack, and of files with exposures of two detectors."""

import logging

import asdf
import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.errors import InputError
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.stored_image import stored_image
from wfimosaic.outliers.exposures import combine, drizzle_exposure
from wfimosaic.outliers.make_median import make_median, median_of_stack
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.sky.subtract_sky import subtract_sky


def by_hand(stack, nlow, nhigh):
    """Sort each pixel's values, drop some at both ends, take the middle."""
    median = np.full(stack.shape[1:], np.nan, np.float32)
    for place in np.ndindex(median.shape):
        values = np.sort(stack[(slice(None), *place)])
        values = values[np.isfinite(values)]
        values = values[nlow : len(values) - nhigh]
        if len(values):
            median[place] = np.median(values)
    return median


@pytest.mark.parametrize(("nlow", "nhigh"), [(0, 0), (1, 0), (0, 2), (2, 1)])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 33, 40])
def test_median_drops_values_and_ignores_nan(count, nlow, nhigh):
    rng = np.random.default_rng(count)
    stack = rng.normal(size=(count, 9, 11)).astype(np.float32)
    stack[rng.random(stack.shape) < 0.3] = np.nan
    stack[:, 0, 0] = np.nan
    expected = by_hand(stack, nlow, nhigh)
    found = median_of_stack(stack, nlow, nhigh)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert np.isnan(found[0, 0])


def test_median_of_nothing_is_nan():
    found = median_of_stack(np.zeros((0, 2, 3), np.float32))
    assert found.shape == (2, 3)
    assert np.isnan(found).all()


def test_values_that_are_not_finite_do_not_count():
    stack = np.float32([[[np.inf]], [[-np.inf]], [[3]], [[np.nan]]])
    assert median_of_stack(stack)[0, 0] == 3


@pytest.fixture(scope="module")
def median(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("median") / "median.asdf"
    make_median(matched.paths, matched.grid, path)
    with asdf.open(path, memmap=False) as file:
        assert file["skipped"] is None
        return np.array(file["data"])


@pytest.mark.filterwarnings("ignore:All-NaN slice encountered")
def test_median_is_that_of_the_drizzled_exposures(matched, median, tmp_path):
    grid = read_grid(matched.grid)
    stack = []
    for group, indices in grid.groups().items():
        members = [(grid.members[k], matched.paths[k], str(tmp_path / f"{k}.npy")) for k in indices]
        drop = Drop("square", 1.0, grid.pixel_scale_ratio)
        exposure = drizzle_exposure(group, members, grid.shape, drop, "ivm", "~DO_NOT_USE+NON_SCIENCE", 0.7)
        image, weight = combine(exposure.layers, *(slice(0, n) for n in grid.shape))
        stack.append(np.where(weight < exposure.threshold, np.nan, image))
    assert len(stack) == 3
    np.testing.assert_allclose(median, np.nanmedian(stack, axis=0), rtol=1e-6)
    assert np.isfinite(median).mean() > 0.5


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_do_not_change_a_bit(matched, median, tmp_path, workers, monkeypatch):
    monkeypatch.setattr("wfimosaic.outliers.make_median.STACK_SIZE", 10_000)
    make_median(matched.paths, matched.grid, tmp_path / "median.asdf", workers=workers)
    with asdf.open(tmp_path / "median.asdf") as file:
        assert np.asarray(file["data"]).tobytes() == median.tobytes()
    assert list(tmp_path.iterdir()) == [tmp_path / "median.asdf"]


def test_log_has_a_line_when_a_member_is_drizzled(matched, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        make_median(matched.paths, matched.grid, tmp_path / "median.asdf")
    lines = [line for line in caplog.messages if line.endswith(": drizzled alone")]
    assert sorted(line.partition(":")[0] for line in lines) == sorted(matched.stems)


def test_highest_value_can_be_dropped(matched, median, tmp_path):
    make_median(matched.paths, matched.grid, tmp_path / "median.asdf", nhigh=1)
    with asdf.open(tmp_path / "median.asdf") as file:
        lower = np.asarray(file["data"])
        both = np.isfinite(lower) & np.isfinite(median)
        assert (lower[both] <= median[both]).all()
        assert (lower[both] < median[both]).mean() > 0.99
        # Where one exposure lies nothing is left.
        assert np.isfinite(lower).sum() < np.isfinite(median).sum()


def test_sky_that_is_only_noted_is_subtracted(matched, median, simulated, tmp_path):
    paths = []
    for member, stem in zip(simulated.paths, simulated.stems, strict=True):
        paths.append(str(tmp_path / f"{stem}.asdf"))
        subtract_sky(member, matched.sky, paths[-1], stem, subtract=False)
    make_median(paths, matched.grid, tmp_path / "median.asdf")
    with asdf.open(tmp_path / "median.asdf") as file:
        np.testing.assert_allclose(np.asarray(file["data"]), median, rtol=0, atol=1e-7)


def test_members_are_stacked_as_they_are_if_not_resampled(matched, tmp_path):
    make_median(matched.paths, matched.grid, tmp_path / "median.asdf", resample_data=False, maskpt=0.0)
    images = [stored_image(path) for path in matched.paths]
    stack = np.stack([np.where(image.read("dq") == 0, image.read("data"), np.nan) for image in images])
    with asdf.open(tmp_path / "median.asdf") as file:
        np.testing.assert_allclose(np.asarray(file["data"]), by_hand(stack, 0, 0), rtol=1e-6, atol=1e-7)


def test_members_of_different_shape_cannot_be_stacked(matched, tmp_path):
    other = tmp_path / "r0000101001001001001_0004_wfi01_f158_cal.asdf"
    simulate_members([other], shape=(64, 80))
    paths = [matched.paths[0], str(other)]
    define_grid([(path, f"m{k}", None) for k, path in enumerate(paths)], tmp_path / "grid.asdf")
    with pytest.raises(InputError, match="members differ in shape"):
        make_median(paths, tmp_path / "grid.asdf", tmp_path / "median.asdf", resample_data=False)
    assert not (tmp_path / "median.asdf").exists()


def test_one_exposure_has_no_median(matched, simulated, tmp_path, caplog):
    define_grid(
        [(path, stem, None) for path, stem in zip(simulated.paths[:2], simulated.stems, strict=False)],
        tmp_path / "grid.asdf",
    )
    with caplog.at_level(logging.WARNING):
        make_median(matched.paths[:2], tmp_path / "grid.asdf", tmp_path / "median.asdf")
    assert "outlier detection is skipped: there is only one exposure" in caplog.messages
    with asdf.open(tmp_path / "median.asdf") as file:
        assert file["skipped"] == "there is only one exposure"
