"""flag_outliers: the two masks, the blotted median, and what is written."""

import asdf
import numpy as np
import pytest
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.calibration import step_status
from wfimosaic.images.image_file import open_image, pixels
from wfimosaic.outliers.blot import blot, steepest_step
from wfimosaic.outliers.flag_outliers import _against_stack, flag_outliers, outliers_against_blot
from wfimosaic.outliers.make_median import make_median
from wfimosaic.sky.subtract_sky import subtract_sky

from ..synthetic import plane_member


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


def test_noise_alone_decides_on_a_flat_sky():
    data = flat()
    data[4, 2], data[4, 6] = 5.01, 4.99
    flagged = outliers_against_blot(data, flat(1), flat(), snr=(5.0, 4.0))
    assert np.argwhere(flagged).tolist() == [[4, 2]]
    data[4, 2] = -5.01
    assert outliers_against_blot(data, flat(1), flat())[4, 2]


@pytest.mark.parametrize("grow", [0, 1, 2, 3])
def test_neighbours_within_the_box_need_less(grow):
    data = flat(4.5)
    data[4, 4] = 100
    flagged = outliers_against_blot(data, flat(1), flat(), snr=(5.0, 4.0), grow=grow)
    expected = np.zeros((9, 9), bool)
    expected[4 - grow : 5 + grow, 4 - grow : 5 + grow] = True
    np.testing.assert_array_equal(flagged, expected)
    data = np.where(data == 100, np.float32(100), np.float32(3.9))
    assert outliers_against_blot(data, flat(1), flat(), snr=(5.0, 4.0), grow=grow).sum() == 1


def test_first_mask_alone_does_not_flag_where_the_second_is_stricter():
    data = flat()
    data[4, 4] = 6
    assert not outliers_against_blot(data, flat(1), flat(), snr=(5.0, 7.0)).any()


def test_blur_excuses_what_steep_places_differ_by():
    blotted = flat()
    blotted[4, 4] = 10  # a step of 10 at itself and its four neighbours
    data = blotted.copy()
    data[4, 4] += 12 - 0.1
    data[4, 5] += 12 + 0.1
    data[4, 6] += 0.1  # flat already
    flagged = outliers_against_blot(data, flat(1e-3), blotted, snr=(0.0, 0.0), scale=(1.2, 1.2))
    assert np.argwhere(flagged).tolist() == [[4, 5], [4, 6]]


def test_background_is_taken_off_the_difference():
    data = flat(2)
    data[2, 2], data[6, 6] = 7.5, -3.5
    assert np.argwhere(outliers_against_blot(data, flat(1), flat(), backg=2.0, grow=0)).tolist() == [[2, 2], [6, 6]]
    assert np.argwhere(outliers_against_blot(data, flat(1), flat(), backg=0.0, grow=0)).tolist() == [[2, 2]]


def test_nothing_is_flagged_without_a_median_or_a_value():
    data, blotted = flat(50), flat()
    data[1, 1], blotted[3, 3] = np.nan, np.nan
    flagged = outliers_against_blot(data, flat(1), blotted)
    assert not flagged[1, 1]
    assert not flagged[3, 3]
    assert flagged.sum() == 81 - 2
    assert not outliers_against_blot(flat(50), flat(1), flat(np.nan)).any()


def test_infinite_noise_excuses_everything():
    data, err = flat(1e6), np.full((9, 9), np.inf, np.float32)
    assert not outliers_against_blot(data, err, flat(), snr=(5.0, 4.0)).any()
    assert not _against_stack(flat(), 5.0, data, err, slice(0, 9)).any()


def test_blot_interpolates_linearly():
    member = plane_member((700, 50), (80, 400), angle=8, bend=0.01)
    y, x = np.mgrid[:900, :170]
    positions = member.pixel_map(slice(0, 700), slice(0, 50))
    blotted = blot((3 + 0.5 * x - 0.25 * y).astype(np.float32), member)
    np.testing.assert_allclose(blotted, 3 + 0.5 * positions[..., 0] - 0.25 * positions[..., 1], rtol=0, atol=1e-4)


def test_blot_is_the_fill_value_off_the_grid():
    median = np.ones((40, 40), np.float32)
    member = plane_member((30, 30), (0, 20))
    blotted = blot(median, member, fillval=-7)
    positions = member.pixel_map(slice(0, 30), slice(0, 30))
    np.testing.assert_array_equal(blotted[positions[..., 0] > 0.001], 1)
    np.testing.assert_array_equal(blotted[positions[..., 0] < -0.001], -7)
    assert np.isnan(blot(median, plane_member((5, 5), (500, 500)))).all()


@pytest.fixture(scope="module")
def median(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("median") / "median.asdf"
    make_median(matched.paths, matched.grid, path)
    return path


def flags(path):
    with open_image(path) as model:
        return pixels(path, model, "dq"), step_status(model, "outlier_detection")


def test_flagged_pixels_become_outliers_not_to_be_used(matched, median, tmp_path):
    output = tmp_path / "flagged.asdf"
    flag_outliers(matched.paths[2], output, matched.stems[2], median, matched.grid, good_bits="~DO_NOT_USE")
    before, _ = flags(matched.paths[2])
    after, status = flags(output)
    assert status == "COMPLETE"
    new = after != before
    assert new.sum() > 10
    np.testing.assert_array_equal(after[new], before[new] | 129)
    with open_image(output) as model, open_image(matched.paths[2]) as source:
        assert model.meta.outlier_detection.good_bits == "~DO_NOT_USE"
        for name in ("data", "err", "var_rnoise", "var_poisson"):
            assert np.asarray(model[name]).tobytes() == np.asarray(source[name]).tobytes()
        data, err = pixels(output, model, "data"), pixels(output, model, "err")
    with asdf.open(median) as file:
        blotted = blot(np.asarray(file["data"]), read_grid(matched.grid).members[2])
    np.testing.assert_array_equal((after & 128) > 0, outliers_against_blot(data, err, blotted))


def test_sky_that_is_only_noted_gives_the_same_flags(matched, simulated, median, tmp_path):
    noted, outputs = tmp_path / "noted.asdf", (tmp_path / "a.asdf", tmp_path / "b.asdf")
    subtract_sky(simulated.paths[2], matched.sky, noted, matched.stems[2], subtract=False)
    for source, output in zip((matched.paths[2], noted), outputs, strict=True):
        flag_outliers(source, output, matched.stems[2], median, matched.grid, backg=0.01)
    np.testing.assert_array_equal(flags(outputs[0])[0], flags(outputs[1])[0])


def test_stacked_median_is_compared_pixel_by_pixel(matched, tmp_path):
    median, output = tmp_path / "median.asdf", tmp_path / "flagged.asdf"
    make_median(matched.paths, matched.grid, median, resample_data=False)
    flag_outliers(matched.paths[2], output, matched.stems[2], median, None, snr=(6.0, 0.0), resample_data=False)
    with asdf.open(median) as file, open_image(output) as model:
        difference = np.abs(pixels(output, model, "data") - np.asarray(file["data"]))
        expected = difference > 6 * pixels(output, model, "err")
    after, status = flags(output)
    assert status == "COMPLETE"
    np.testing.assert_array_equal(after & 128 > 0, expected)
    assert expected.any()


@pytest.mark.parametrize("given", ["nothing", "a median that was skipped"])
def test_skipping_leaves_flags_alone(matched, tmp_path, given):
    median = None
    if given != "nothing":
        median = tmp_path / "median.asdf"
        asdf.AsdfFile({"data": np.full((1, 1), np.nan, np.float32), "skipped": "one exposure"}).write_to(median)
    flag_outliers(matched.paths[0], tmp_path / "out.asdf", matched.stems[0], median, matched.grid)
    after, status = flags(tmp_path / "out.asdf")
    np.testing.assert_array_equal(after, flags(matched.paths[0])[0])
    assert status == "SKIPPED"
