"""make_median: the median of files with exposures of two detectors."""

import logging

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.errors import InputError
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.stored_image import stored_image
from wfimosaic.outliers.exposures import MedianRecipe, drizzle_exposure, weigh_exposures
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.median_image import open_median
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.sky.subtract_sky import subtract_sky

from ..synthetic import whole


@pytest.fixture(scope="module")
def median(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("median") / "median.asdf"
    make_median(matched.paths, matched.grid, path, method="romancal")
    with open_median(path) as found:
        assert found.skipped is None
        return np.array(found.data)


@pytest.mark.filterwarnings("ignore:All-NaN slice encountered")
def test_median_is_that_of_the_drizzled_exposures(matched, median):
    grid = read_grid(matched.grid)
    drop, good_bits = Drop("square", 1.0, grid.pixel_scale_ratio), "~DO_NOT_USE+NON_SCIENCE"
    recipe = MedianRecipe(drop, "ivm-sky", good_bits, 0.7, method="romancal")
    stack = []
    for exposure in weigh_exposures(matched.paths, grid, recipe, 1):
        image, weight = drizzle_exposure(exposure, whole(grid.shape), recipe)
        assert np.isnan(image[weight < exposure.threshold]).all()
        stack.append(image)
    assert len(stack) == 3
    np.testing.assert_allclose(median, np.nanmedian(stack, axis=0), rtol=1e-6)
    assert np.isfinite(median).mean() > 0.5


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_do_not_change_a_bit(matched, median, tmp_path, workers, monkeypatch):
    monkeypatch.setattr("wfimosaic.outliers.make_median.STACK_SIZE", 10_000)
    make_median(matched.paths, matched.grid, tmp_path / "median.asdf", method="romancal", workers=workers)
    with open_median(tmp_path / "median.asdf") as found:
        assert found.data.tobytes() == median.tobytes()
    assert list(tmp_path.iterdir()) == [tmp_path / "median.asdf"]


def test_highest_value_can_be_dropped(matched, median, tmp_path):
    make_median(matched.paths, matched.grid, tmp_path / "median.asdf", nhigh=1, method="romancal")
    with open_median(tmp_path / "median.asdf") as found:
        lower = found.data
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
    make_median(paths, matched.grid, tmp_path / "median.asdf", method="romancal")
    with open_median(tmp_path / "median.asdf") as found:
        np.testing.assert_allclose(found.data, median, rtol=0, atol=1e-7)


@pytest.mark.filterwarnings("ignore:All-NaN slice encountered")
def test_members_are_stacked_as_they_are_if_not_resampled(matched, tmp_path):
    make_median(
        matched.paths, matched.grid, tmp_path / "median.asdf", resample_data=False, maskpt=0.0, method="romancal"
    )
    images = [stored_image(path) for path in matched.paths]
    stack = np.stack([np.where(image.read("dq") == 0, image.read("data"), np.nan) for image in images])
    with open_median(tmp_path / "median.asdf") as found:
        np.testing.assert_allclose(found.data, np.nanmedian(stack, axis=0), rtol=1e-6, atol=1e-7)


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
    with open_median(tmp_path / "median.asdf") as found:
        assert found.skipped == "there is only one exposure"
