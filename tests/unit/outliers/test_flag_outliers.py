"""flag_outliers: what is written, and that each pixel can be explained."""

import asdf
import numpy as np
import pytest
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.calibration import step_status
from wfimosaic.images.image_file import open_image
from wfimosaic.images.stored_image import stored_image
from wfimosaic.outliers.blot import blot
from wfimosaic.outliers.find_outliers import OutlierSettings, find_outliers
from wfimosaic.outliers.flag_outliers import deviation_at, flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.median_image import finish_median, new_median, open_median
from wfimosaic.outliers.outlier_list import OutlierList, write_outliers
from wfimosaic.sky.subtract_sky import subtract_sky


@pytest.fixture(scope="module")
def median(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("median") / "median.asdf"
    make_median(matched.paths, matched.grid, path, method="romancal")
    return path


def write_median(path, shape, value, skipped=None):
    file = new_median(path.parent, shape)
    file.arrays["data"][:] = value
    finish_median(file, path, skipped=skipped)


def flags(path):
    with open_image(path) as model:
        return np.array(model["dq"]), step_status(model, "outlier_detection")


def test_flagged_pixels_become_outliers_not_to_be_used(matched, median, tmp_path):
    output = tmp_path / "flagged.asdf"
    flag_outliers(matched.paths[2], output, matched.stems[2], [median], [matched.grid], good_bits="~DO_NOT_USE")
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
        data, err = (np.array(model[name], np.float32) for name in ("data", "err"))
    with open_median(median) as found:
        blotted = blot(found.data, read_grid(matched.grid).members[2])
    np.testing.assert_array_equal((after & 128) > 0, find_outliers(data, err, blotted, OutlierSettings()))


def test_sky_that_is_only_noted_gives_the_same_flags(matched, simulated, median, tmp_path):
    noted, outputs = tmp_path / "noted.asdf", (tmp_path / "a.asdf", tmp_path / "b.asdf")
    subtract_sky(simulated.paths[2], matched.sky, noted, matched.stems[2], subtract=False)
    for source, output in zip((matched.paths[2], noted), outputs, strict=True):
        flag_outliers(source, output, matched.stems[2], [median], [matched.grid], backg=0.01)
    np.testing.assert_array_equal(flags(outputs[0])[0], flags(outputs[1])[0])


def test_stacked_median_is_compared_pixel_by_pixel(matched, tmp_path):
    median, output = tmp_path / "median.asdf", tmp_path / "flagged.asdf"
    make_median(matched.paths, matched.grid, median, resample_data=False, method="romancal")
    flag_outliers(matched.paths[2], output, matched.stems[2], [median], [], snr=(6.0, 0.0), resample_data=False)
    with open_median(median) as found, open_image(output) as model:
        difference = np.abs(np.asarray(model["data"]) - found.data)
        expected = difference > 6 * np.asarray(model["err"], np.float32)
    after, status = flags(output)
    assert status == "COMPLETE"
    np.testing.assert_array_equal(after & 128 > 0, expected)
    assert expected.any()


@pytest.mark.parametrize("given", ["nothing", "a median that was skipped"])
def test_skipping_leaves_flags_alone(matched, tmp_path, given):
    medians, median = [], tmp_path / "median.asdf"
    if given != "nothing":
        medians = [median]
        write_median(median, (1, 1), np.nan, "one exposure")
    flag_outliers(matched.paths[0], tmp_path / "out.asdf", matched.stems[0], medians, [matched.grid])
    after, status = flags(tmp_path / "out.asdf")
    np.testing.assert_array_equal(after, flags(matched.paths[0])[0])
    assert status == "SKIPPED"


SETTINGS = [
    OutlierSettings(),
    OutlierSettings((2.0, 1.5), (0.4, 0.3), 0.0, 0),
    OutlierSettings((2.5, 1.0), (0.4, 0.2), 0.01, 2),
    OutlierSettings((1.5, 2.0), (0.2, 0.5), -0.01, 1),
    OutlierSettings((3.0, 1.0), resample_data=False),
    OutlierSettings((6.0, 5.0), backg=0.1, grow=2, resample_data=False),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_pixel_is_explained_as_it_was_decided(small, tmp_path, settings):
    (paths, stems, grid), median, output = small, tmp_path / "median.asdf", tmp_path / "flagged.asdf"
    make_median(paths, grid, median, resample_data=settings.resample_data, method="romancal")
    flag_outliers(paths[1], output, stems[1], [median], [grid], **vars(settings))
    image, member = stored_image(str(output)), read_grid(grid).members[1]
    with open_median(median) as reference:
        pairs = [deviation_at(image, pixel, reference.data, member, settings) for pixel in np.ndindex(44, 44)]
    deviation, allowed = np.array(pairs).reshape(44, 44, 2).transpose(2, 0, 1)
    flagged = image.read("dq") & 128 > 0
    assert flagged.any() and np.isfinite(deviation).mean() > 0.3
    np.testing.assert_array_equal(deviation > allowed, flagged)


def moved_grid(source, path, origin, shape):
    """Write a grid with a part of its lattice as another grid."""
    with asdf.open(source) as file:
        tree = {**file.tree, "origin": list(origin), "shape": list(shape)}
        asdf.AsdfFile(tree).write_to(path)
    return str(path)


@pytest.fixture
def halves(matched, tmp_path):
    """Two grids that share 40 columns, and where a member's middle row lies on them: deeper in the left one, inside."""
    ny, nx = read_grid(matched.grid).shape
    left = moved_grid(matched.grid, tmp_path / "left.asdf", (0, 0), (ny, nx // 2 + 20))
    right = moved_grid(matched.grid, tmp_path / "right.asdf", (nx // 2 - 20, 0), (ny, nx - nx // 2 + 20))
    member = read_grid(matched.grid).members[2]
    x = np.arange(member.shape[1])
    u = member.positions(x, np.full(len(x), member.shape[0] // 2))[:, 0]
    in_left = u < nx // 2 - 0.5
    assert in_left.any() and not in_left.all()
    return left, right, in_left, (u > 2) & (u < nx - 3)


def test_of_listed_outliers_those_of_the_deepest_product_count(matched, halves, tmp_path):
    left, right, in_left, _ = halves
    before = flags(matched.paths[2])[0]
    # One product says that all pixels are outliers, the other that none is.
    lists, output = [str(tmp_path / name) for name in ("a.asdf", "b.asdf")], tmp_path / "out.asdf"
    for path, pixels in zip(lists, (np.arange(before.size), np.zeros(0)), strict=True):
        write_outliers(path, OutlierList({matched.stems[2]: pixels.astype(np.int32)}, {matched.stems[2]: 0.0}))
    flag_outliers(matched.paths[2], output, matched.stems[2], [], [left, right], lists)
    middle = (flags(output)[0] & 128 > 0)[len(before) // 2]
    np.testing.assert_array_equal(middle, in_left)


def test_of_medians_that_of_the_deepest_product_counts(matched, halves, tmp_path):
    left, right, in_left, inside = halves
    # One product has a median that no pixel is like, the other none.
    medians, output = [tmp_path / name for name in ("a.asdf", "b.asdf")], tmp_path / "out.asdf"
    for path, grid, value in zip(medians, (left, right), (1e6, np.nan), strict=True):
        write_median(path, read_grid(grid).shape, value)
    flag_outliers(matched.paths[2], output, matched.stems[2], medians, [left, right])
    with open_image(matched.paths[2]) as model:
        row = model.data.shape[0] // 2
        known = np.isfinite(np.asarray(model.data)[row]) & np.isfinite(np.asarray(model.err)[row]) & inside
    middle = (flags(output)[0] & 128 > 0)[row]
    np.testing.assert_array_equal(middle[known], in_left[known])
