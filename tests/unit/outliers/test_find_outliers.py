"""find_outliers: the two passes, and the median that was not drizzled."""

import numpy as np
import pytest
from wfimosaic.outliers.find_outliers import OutlierSettings, find_outliers, steepest_step


def step_by_hand(image):
    """The largest absolute difference of each pixel to those above, below, left and right."""
    steepest = np.full(image.shape, np.nan)
    for y, x in np.ndindex(image.shape):
        if np.isnan(image[y, x]):
            continue
        steepest[y, x] = 0
        for ny, nx in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= ny < image.shape[0] and 0 <= nx < image.shape[1] and not np.isnan(image[ny, nx]):
                steepest[y, x] = max(steepest[y, x], abs(image[y, x] - image[ny, nx]))
    return steepest


def test_steepest_step_is_the_largest_to_four_neighbours():
    rng = np.random.default_rng(0)
    image = rng.normal(size=(12, 15)).astype(np.float32)
    image[rng.random(image.shape) < 0.15] = np.nan
    found = steepest_step(image)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, step_by_hand(image), rtol=1e-6)


def flat(value=0.0, size=9):
    return np.full((size, size), value, np.float32)


def outliers(data, err=1, median=None, **settings):
    return find_outliers(data, flat(err), flat() if median is None else median, OutlierSettings(**settings))


def test_noise_alone_decides_on_a_flat_sky():
    data = flat()
    data[4, 2], data[4, 6] = 5.01, 4.99
    flagged = outliers(data, snr=(5.0, 4.0))
    assert np.argwhere(flagged).tolist() == [[4, 2]]
    data[4, 2] = -5.01
    assert outliers(data)[4, 2]


@pytest.mark.parametrize("grow", [0, 1, 2, 3])
def test_neighbours_within_the_box_need_less(grow):
    data = flat(4.5)
    data[4, 4] = 100
    flagged = outliers(data, snr=(5.0, 4.0), grow=grow)
    expected = np.zeros((9, 9), bool)
    expected[4 - grow : 5 + grow, 4 - grow : 5 + grow] = True
    np.testing.assert_array_equal(flagged, expected)
    data = np.where(data == 100, np.float32(100), np.float32(3.9))
    assert outliers(data, snr=(5.0, 4.0), grow=grow).sum() == 1


def test_first_mask_alone_does_not_flag_where_the_second_is_stricter():
    data = flat()
    data[4, 4] = 6
    assert not outliers(data, snr=(5.0, 7.0)).any()


def test_blur_excuses_what_steep_places_differ_by():
    blotted = flat()
    blotted[4, 4] = 10  # a step of 10 at itself and its four neighbours
    data = blotted.copy()
    data[4, 4] += 12 - 0.1
    data[4, 5] += 12 + 0.1
    data[4, 6] += 0.1  # flat already
    flagged = outliers(data, 1e-3, blotted, snr=(0.0, 0.0), scale=(1.2, 1.2))
    assert np.argwhere(flagged).tolist() == [[4, 5], [4, 6]]


def test_background_is_taken_off_the_difference():
    data = flat(2)
    data[2, 2], data[6, 6] = 7.5, -3.5
    assert np.argwhere(outliers(data, backg=2.0, grow=0)).tolist() == [[2, 2], [6, 6]]
    assert np.argwhere(outliers(data, backg=0.0, grow=0)).tolist() == [[2, 2]]


def test_nothing_is_flagged_without_a_median_or_a_value():
    data, blotted = flat(50), flat()
    data[1, 1], blotted[3, 3] = np.nan, np.nan
    flagged = outliers(data, 1, blotted)
    assert not flagged[1, 1]
    assert not flagged[3, 3]
    assert flagged.sum() == 81 - 2
    assert not outliers(flat(50), 1, flat(np.nan)).any()


def test_infinite_noise_excuses_everything():
    data, err = flat(1e6), np.full((9, 9), np.inf, np.float32)
    assert not find_outliers(data, err, flat(), OutlierSettings()).any()
    assert not find_outliers(data, err, flat(), OutlierSettings(resample_data=False)).any()


def test_median_of_the_members_own_pixels_is_not_blurred():
    median = flat()
    median[4, 4] = 100
    data = median.copy()
    data[4, 5], data[2, 2], data[2, 3] = 5.01, 4.99, -5.01
    flagged = outliers(data, 1, median, snr=(5.0, 1.0), backg=1.0, grow=1, resample_data=False)
    assert np.argwhere(flagged).tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize("grow", [0, 1, 2])
@pytest.mark.parametrize("resample_data", [True, False])
def test_margin_holds_all_that_decides_about_a_pixel(grow, resample_data):
    rng = np.random.default_rng(grow)
    data, err, median = rng.normal(0, 3, (3, 40, 40)).astype(np.float32)
    settings = OutlierSettings((2.0, 1.0), (0.5, 0.2), 0.1, grow, resample_data)
    everything, margin = find_outliers(data, abs(err), median, settings), settings.margin
    assert 0.1 < everything.mean() < 0.9
    for row, column in np.ndindex(40 - 2 * margin, 40 - 2 * margin):
        cutout = slice(row, row + 2 * margin + 1), slice(column, column + 2 * margin + 1)
        alone = find_outliers(data[cutout], abs(err[cutout]), median[cutout], settings)
        assert alone[margin, margin] == everything[row + margin, column + margin]
