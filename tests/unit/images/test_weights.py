"""weights: what a pixel weighs."""

import numpy as np
import pytest
from wfimosaic.images.weights import known_time, pixel_weights


def f4(*values):
    return np.array(values, np.float32)


GOOD = np.array([True, True, True, True, False])


@pytest.mark.parametrize("weight_type", ["ivm", "ivm-sky"])
def test_inverse_variance(weight_type):
    found = pixel_weights(weight_type, GOOD, f4(4, 0, np.nan, -2, 1), 100.0)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, f4(0.25, 0, 0, 0, 0))


def test_exposure_time_and_none():
    np.testing.assert_array_equal(pixel_weights("exptime", GOOD, None, 139.0), f4(139, 139, 139, 139, 0))
    found = pixel_weights("none", GOOD, None, 139.0)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, f4(1, 1, 1, 1, 0))


@pytest.mark.parametrize("unknown", [None, -999999, 0, -5.0, float("nan")])
def test_unknown_time_counts_as_one(unknown):
    assert known_time(unknown) == 1.0
    np.testing.assert_array_equal(pixel_weights("exptime", GOOD, None, unknown), f4(1, 1, 1, 1, 0))
