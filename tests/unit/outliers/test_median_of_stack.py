"""median_of_stack: values are dropped, and what is no number does not count."""

import numpy as np
import pytest
from wfimosaic.outliers.median_of_stack import median_of_stack


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


def test_lower_median_is_one_of_the_values():
    stack = np.array([[[1.0]], [[9.0]], [[2.0]], [[8.0]]], np.float32)
    assert median_of_stack(stack.copy(), lower=True).item() == 2
    assert median_of_stack(stack[:2].copy(), lower=True).item() == 1
    # Of three the lowest, as rays may be in two of them.
    assert median_of_stack(stack[:3].copy(), lower=True).item() == 1
