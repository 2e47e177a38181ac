"""image_statistics: basic figures of a mosaic."""

import numpy as np
import pytest
from wfimosaic.mosaic.image_statistics import image_statistics


def test_figures_are_those_of_finite_pixels():
    data = np.random.default_rng(0).normal(5, 2, (70, 90)).astype(np.float32)
    data[:7], data[8, 8] = np.nan, np.inf
    finite = data[np.isfinite(data)]
    found = image_statistics(data)
    assert found["image_median"] == pytest.approx(np.median(finite), rel=1e-6)
    assert found["image_rms"] == pytest.approx(1.4826022 * np.median(np.abs(finite - np.median(finite))), rel=1e-6)
    assert found["good_pixel_fraction"] == finite.size / data.size
    assert {type(value) for value in found.values()} == {float}


def test_large_images_are_sampled_evenly(monkeypatch):
    monkeypatch.setattr("wfimosaic.mosaic.image_statistics.MAX_PIXELS", 10_000)
    data = np.random.default_rng(0).normal(5, 2, (300, 400)).astype(np.float32)
    data[:150] = np.nan
    found = image_statistics(data)
    assert found["image_median"] == pytest.approx(5, abs=0.1)
    assert found["image_rms"] == pytest.approx(2, abs=0.1)
    assert found["good_pixel_fraction"] == pytest.approx(0.5, abs=0.01)


def test_nothing_has_no_figures():
    found = image_statistics(np.full((5, 5), np.nan, np.float32))
    assert np.isnan(found["image_median"])
    assert found["good_pixel_fraction"] == 0
