"""sky_noise: the variance of empty sky, which no pixel's own value or variance can move."""

import numpy as np
import pytest
from wfimosaic.images.sky_noise import MAX_WEIGHT, block_numbers, measure_sky_noise, sky_noise_in

LOW, HIGH = 3.64e-4 + 9e-4, 5.02e-4 + 9e-4


@pytest.fixture
def sky():
    """A detector of 4 blocks on empty sky: data, flags, errors."""
    rng = np.random.default_rng(0)
    variance = np.full((256, 256), LOW)
    data = 0.25 + np.sqrt(variance) * rng.standard_normal(variance.shape)
    return data.astype(np.float32), np.zeros(data.shape, np.uint32), np.sqrt(variance).astype(np.float16)


def test_the_channels_of_a_whole_detector_are_blocks():
    numbers = block_numbers(4088)
    assert numbers[0] == 0 and numbers[-1] == 31
    np.testing.assert_array_equal(np.bincount(numbers), [124] + 30 * [128] + [124])
    np.testing.assert_array_equal(block_numbers(5), 0)


@pytest.mark.parametrize("part", [(slice(0, 300), slice(0, 200)), (slice(107, 231), slice(40, 43))])
def test_parts_are_cut_out_of_the_whole(part):
    blocks = np.arange(6, dtype=np.float32).reshape(3, 2)
    whole = np.repeat(np.repeat(blocks, [86, 128, 86], axis=0), [100, 100], axis=1)
    found = sky_noise_in(blocks, (300, 200), part)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, whole[part])


def test_each_block_has_its_own(sky):
    data, dq, err = sky
    err[:128, 128:] *= 2
    found = measure_sky_noise(data, dq, err)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[LOW, 4 * LOW], [LOW, LOW]], rtol=2e-3)


def test_variances_that_follow_the_value_are_averaged_near_the_sky(sky):
    data, dq, err = sky
    err[data > 0.25] = np.sqrt(HIGH)
    expected = measure_sky_noise(data, dq, err)
    np.testing.assert_allclose(expected, (LOW + HIGH) / 2, rtol=0.02)
    # Stars fill a third of the first block, and add their own noise.
    stars = (slice(0, 128), slice(0, 40))
    data[stars], err[stars] = 50, np.sqrt(HIGH + 0.2)
    np.testing.assert_allclose(measure_sky_noise(data, dq, err), expected, rtol=0.02)
    # A nebula covers all of it: the figure of the whole detector.
    data[:128, :128], err[:128, :128] = 5, 0.5
    assert measure_sky_noise(data, dq, err)[0, 0] == pytest.approx(expected.mean(), rel=0.02)


@pytest.mark.parametrize("wrong", [0, 1e-4, np.nan, np.inf, -1])
def test_damaged_errors_move_nothing(sky, wrong):
    data, dq, err = sky
    expected = measure_sky_noise(data, dq, err)
    err[::16, ::3] = wrong
    np.testing.assert_allclose(measure_sky_noise(data, dq, err), expected, rtol=2e-3)


def test_no_block_weighs_much_more_than_the_detector(sky):
    data, dq, err = sky
    err[:128, :128] /= 30
    np.testing.assert_allclose(measure_sky_noise(data, dq, err)[0], [LOW / MAX_WEIGHT, LOW], rtol=2e-3)


def test_flagged_pixels_count_only_if_there_are_no_others(sky):
    data, dq, err = sky
    dq[:, ::2], err[:, ::2] = 1, 1
    np.testing.assert_allclose(measure_sky_noise(data, dq, err), LOW, rtol=2e-3)
    dq[:] = 512
    err[:] = np.sqrt(HIGH)
    np.testing.assert_allclose(measure_sky_noise(data, dq, err), HIGH, rtol=2e-3)


def test_an_image_without_errors_has_none(sky):
    data, dq, err = sky
    assert np.isnan(measure_sky_noise(data, dq, 0 * err)).all()
    assert np.isnan(measure_sky_noise(data * np.nan, dq, err)).all()


def test_a_whole_detector_is_sampled():
    rng = np.random.default_rng(1)
    shape = (4088, 1500)
    data = (0.25 + 0.03 * rng.standard_normal(shape, np.float32)).astype(np.float32)
    found = measure_sky_noise(data, np.zeros(shape, np.uint32), np.where(data > 0.25, np.sqrt(HIGH), np.sqrt(LOW)))
    np.testing.assert_allclose(found, (LOW + HIGH) / 2, rtol=0.02)
