"""round_to_error: what means nothing does not change a level."""

import numpy as np
import pytest
from wfimosaic.sky.round_to_error import round_to_error


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.0234967, 0.00026149, (0.023497, 0.000261)),
        (-1.23456, 0.0999, (-1.2346, 0.0999)),
        (123.456, 20.06, (123.5, 20.1)),
        (0.1234567891, np.nan, (0.1234567891, np.nan)),
        (0.0, 0.0, (0.0, 0.0)),
        (np.nan, 0.1, (np.nan, 0.1)),
    ],
)
def test_values_keep_the_places_of_three_digits_of_their_errors(value, error, expected):
    found = round_to_error(np.array([value]), np.array([error]))
    assert np.array_equal([array[0] for array in found], expected, equal_nan=True)


def test_nothing_moves_by_more_than_a_hundredth_of_its_error():
    rng = np.random.default_rng(1)
    value, error = rng.normal(size=(50, 2)), 10 ** rng.uniform(-6, 1, (50, 2))
    rounded, _ = round_to_error(value, error)
    assert rounded.shape == (50, 2) and (np.abs(rounded - value) <= error / 100).all() and (rounded != value).any()
