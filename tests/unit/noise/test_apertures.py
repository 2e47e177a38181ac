"""apertures: areas, and errors against the sum over all pairs of pixels."""

import itertools

import numpy as np
import pytest
from wfimosaic.noise.apertures import aperture_error, circle


@pytest.mark.parametrize("radius", [0.2, 0.5, 1.0, 3.7, 14.5])
def test_circle_has_its_area(radius):
    aperture = circle(radius)
    assert aperture.sum() == pytest.approx(np.pi * radius**2, rel=0.04)
    assert aperture.shape[0] % 2 == 1 and aperture.max() <= 1
    np.testing.assert_array_equal(aperture, aperture[::-1].T)


def test_error_is_that_of_all_pairs_of_pixels():
    rng = np.random.default_rng(2)
    err, aperture = rng.uniform(1, 2, (2, 7, 8))
    kernel = np.zeros((9, 9))
    kernel[3:6, 3:6] = [[0.1, 0.3, 0.2], [0.4, 1, 0.4], [0.2, 0.3, 0.1]]
    noise, pixels = 0.7 * err * aperture, list(np.ndindex(7, 8))
    variance = sum(
        noise[a] * noise[b] * kernel[4 + b[0] - a[0], 4 + b[1] - a[1]]
        for a, b in itertools.product(pixels, pixels)
        if max(abs(b[0] - a[0]), abs(b[1] - a[1])) <= 4
    )
    assert aperture_error(err, aperture, 0.7, kernel) == pytest.approx(np.sqrt(variance))


def test_independent_pixels_add_up_in_squares_even_in_an_aperture_of_one():
    kernel = np.zeros((9, 9))
    kernel[4, 4] = 1
    assert aperture_error(2.0, np.ones((5, 5)), 1.0, kernel) == pytest.approx(10)
    assert aperture_error(2.0, np.ones((1, 1)), 1.0, kernel) == pytest.approx(2)
