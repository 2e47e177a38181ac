"""random_image: numbers that depend on nothing but the pixel and the names."""

import numpy as np
import pytest
from numba import njit
from scipy import stats
from wfimosaic.noise import random_image
from wfimosaic.noise.random_image import fill_with_noise, noise_key

KEY = noise_key("P", "member", 0)


def noise(part, key=KEY, roots=1.0):
    """Noise of a part of an image."""
    shape = tuple(span.stop - span.start for span in part)
    out = np.empty(shape, np.float32)
    fill_with_noise(out, np.full((1, *shape), roots, np.float32), key, part)
    return out


def test_numbers_are_those_of_philox():
    """The known answers of Random123, the library of the method's authors."""
    philox = njit(lambda row, group, *keys: random_image._philox(row, group, keys[0], keys[1]))
    words = philox(0, 0, np.uint64(0), np.uint64(0))
    assert [f"{word:08x}" for word in words] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]


@pytest.mark.parametrize("part", [(3, 40, 5, 61), (0, 1, 0, 1), (17, 64, 62, 64), (20, 30, 1, 4)])
def test_part_is_that_of_the_whole_to_the_last_bit(part):
    whole = noise((slice(0, 64), slice(0, 64)))
    rows, columns = slice(*part[:2]), slice(*part[2:])
    assert noise((rows, columns)).tobytes() == whole[rows, columns].tobytes()


def test_noise_is_gaussian_and_white():
    image = noise((slice(0, 700), slice(1, 701))).astype(float)
    assert stats.kstest(image.ravel(), "norm").pvalue > 0.01
    assert 4.5 < np.abs(image).max() < 6
    for down, right in ((0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1)):
        there, here = image[down:, right:], image[: 700 - down, : 700 - right]
        for power in (1, 2):
            assert abs(np.corrcoef(there.ravel() ** power, here.ravel() ** power)[0, 1]) < 4.5 / 700


@pytest.mark.parametrize("names", [("Q", "member", 0), ("P", "other", 0), ("P", "member", 1), ("Pm", "ember", 0)])
def test_each_name_has_noise_of_its_own(names):
    part = (slice(0, 200), slice(0, 200))
    assert abs(np.mean(noise(part) * noise(part, noise_key(*names)))) < 4.5 / 200


def test_variances_are_added_up_and_unknown_ones_count_as_nothing():
    part = (slice(0, 2), slice(0, 3))
    roots = np.array([[[3, 3, np.nan], [3, 0, np.inf]], [[4, np.nan, np.nan], [4, 0, 4]]], np.float32)
    out = np.empty((2, 3), np.float32)
    fill_with_noise(out, roots, KEY, part)
    np.testing.assert_allclose(out / noise(part), [[5, 3, 0], [5, 0, 4]], rtol=1e-6)
