"""What romancal's own tests ask, and what the comparison with it found, and no other test here shows."""

import json

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.drizzling.drop import Drop
from wfimosaic.grid.define_grid import define_mosaic_grid
from wfimosaic.images.flags import OUTLIER
from wfimosaic.images.image_file import open_image, save_image
from wfimosaic.mosaic.mosaic_block import Recipe, mosaic_block
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky

from ..synthetic import define, plane_member, whole, write_cal, write_image

SHAPE = (60, 60)
# Rows and columns of the pixels that are hit in each of three exposures, some of them at the border.
HITS = [([5, 25, 45, 59], [45, 25, 8, 5]), ([15, 35, 50], [25, 5, 55]), ([], [])]


def north_of(pixels):
    """A pointing that many pixels north of the first, +y to the north."""
    return 40.0, pixels * PIXEL_SCALE / 3600, 0.0


def change(path, **arrays):
    """Replace values in arrays of an image: str."""
    with open_image(path) as model:
        for name, array in arrays.items():
            model[name] = array.astype(model[name if name in model else "err"].dtype)
        save_image(model, path)
    return path


def levels(path):
    """The sky levels that match_sky wrote: list."""
    return [entry["level"] for entry in json.loads(path.read_text())["levels"].values()]


@pytest.fixture
def neighbours(tmp_path):
    """A grid of two images of which the upper third of the first is the lower third of the second: its file."""
    paths = [write_cal(tmp_path / f"m{k}_cal.asdf", north_of(40 * k), SHAPE, sky) for k, sky in enumerate((7.0, 5.0))]
    data = np.full(SHAPE, 7.0)
    data[:10] = 1e4
    change(paths[0], data=data)
    return define(tmp_path / "grid.asdf", paths)


def test_bright_pixels_outside_the_overlap_do_not_move_the_match(neighbours, tmp_path):
    match_sky(neighbours, tmp_path / "sky.json", skystat="mean", nclip=0)
    np.testing.assert_allclose(levels(tmp_path / "sky.json"), [2.0, 0.0], atol=1e-5)


def test_bright_pixels_anywhere_move_a_sky_of_its_own(neighbours, tmp_path):
    match_sky(neighbours, tmp_path / "sky.json", skymethod="local", skystat="mean", nclip=0)
    np.testing.assert_allclose(levels(tmp_path / "sky.json"), [(1e4 + 5 * 7) / 6, 5.0], rtol=1e-5)


def test_sky_that_was_only_noted_is_measured_again(neighbours, tmp_path):
    match_sky(neighbours, tmp_path / "sky.json")
    noted = [str(tmp_path / f"m{k}_skymatch.asdf") for k in (0, 1)]
    for k, path in enumerate(noted):
        subtract_sky(str(tmp_path / f"m{k}_cal.asdf"), tmp_path / "sky.json", path, f"m{k}", subtract=False)
    match_sky(define(tmp_path / "again.asdf", noted), tmp_path / "again.json")
    assert levels(tmp_path / "again.json") == levels(tmp_path / "sky.json")


def flags_of(folder, images, aligned=False):
    """Flag the outliers of images in the same place, whose error is 10: list of ndarray of uint32.

    The grid begins at the corner of the first pixel, or, `aligned`, at its centre: then it has the same pixels.
    """
    wcs = detector_wcs(north_of(0), 1, SHAPE, distortion=0)
    if aligned:
        wcs.bounding_box = ((0, SHAPE[1] - 1), (0, SHAPE[0] - 1))
    paths = [
        change(
            write_cal(folder / f"m{k}_cal.asdf", north_of(0), SHAPE, wcs=wcs),
            data=data,
            err=np.full(SHAPE, 10.0),
            var_rnoise=np.full(SHAPE, 100.0),
        )
        for k, data in enumerate(images)
    ]
    grid, median = define(folder / "grid.asdf", paths), str(folder / "median.asdf")
    make_median(paths, grid, median, weight_type="ivm", method="romancal")
    for k, path in enumerate(paths):
        flag_outliers(path, str(folder / f"m{k}_flagged.asdf"), f"m{k}", [median], [grid])
    flags = []
    for k in range(len(paths)):
        with datamodels.open(folder / f"m{k}_flagged.asdf") as model:
            flags.append(np.array(model.dq))
    return flags


def test_exactly_the_pixels_that_were_hit_are_outliers(tmp_path):
    images = [np.zeros(SHAPE) for _ in HITS]
    for data, pixels in zip(images, HITS, strict=True):
        data[42, 32] = 10  # a source, seen by all
        data[pixels] = 100
    for flags, pixels in zip(flags_of(tmp_path, images), HITS, strict=True):
        expected = np.zeros(SHAPE, np.uint32)
        expected[pixels] = OUTLIER
        np.testing.assert_array_equal(flags, expected)


def test_what_all_exposures_see_is_no_outlier(tmp_path):
    data = np.zeros(SHAPE)
    data[HITS[0]] = 1e5
    for flags in flags_of(tmp_path, [data] * 3, aligned=True):
        assert not flags.any()


def mosaic_of(folder, paths, **settings):
    """Resample images as they are: MosaicModel."""
    for path in paths:
        change(path, var_rnoise=np.full(SHAPE, 0.01))
    grid, output = str(folder / "mosaic_grid.asdf"), str(folder / "some_i2d.asdf")
    define_mosaic_grid(define(folder / "grid.asdf", paths), grid, **settings)
    association = {"name": "some_asn.json", "target": None, "data_release_id": "p"}
    resample(paths, grid, output, weight_type="ivm", association=association)
    return datamodels.open(output)


def test_grid_of_another_detector_takes_what_falls_on_it(tmp_path):
    other = detector_wcs(north_of(50), 2, SHAPE, with_inverse=True)
    asdf.AsdfFile({"wcs": other}).write_to(tmp_path / "wcs.asdf")
    with mosaic_of(
        tmp_path, [write_cal(tmp_path / "m0_cal.asdf", north_of(0), SHAPE)], output_wcs=str(tmp_path / "wcs.asdf")
    ) as mosaic:
        np.testing.assert_allclose(mosaic.meta.wcs(0, 0), other(0, 0), rtol=1e-12)
        filled = np.isfinite(np.array(mosaic.data))
    assert filled[:8].all()
    assert not filled[12:].any()


def test_values_that_members_do_not_share_are_unknown_to_the_mosaic(tmp_path):
    paths = [
        write_cal(
            tmp_path / f"m{k}_cal.asdf",
            north_of(0),
            SHAPE,
            observation={"program": 7, "execution_plan": 2, "pass": 1, "segment": 3, "observation": 4, "visit": visit},
        )
        for k, visit in enumerate((1, 2))
    ]
    with mosaic_of(tmp_path, paths) as mosaic:
        observation = mosaic.meta.observation
        assert (observation["pass"], observation["segment"], observation["program"]) == (1, 3, 7)
        assert observation["visit"] is None
        assert observation["exposure_grouping"] == "p02001"


@pytest.mark.parametrize("pixfrac", [1.0, 0.7])
@pytest.mark.parametrize("kernel", ["lanczos2", "lanczos3"])
def test_pixels_that_only_negative_lobes_reach_have_exposure_time(tmp_path, kernel, pixfrac):
    size = (20, 24)
    member = plane_member(size, (30.0, 30.0), scale=1.4, angle=20)
    data = np.ones(size)
    dq, variance = np.zeros(size, np.uint32), np.ones(size)
    path = write_image(tmp_path / "m.asdf", data, effective_time=90.0, dq=dq, var_rnoise=variance, var_poisson=variance)
    recipe = Recipe(Drop(kernel, pixfrac, 1 / 1.4), "ivm", "~DO_NOT_USE", ("var_rnoise",), False)
    arrays = mosaic_block([(0, member, path)], whole((60, 60)), recipe)
    assert (arrays["weight"] < 0).any()
    np.testing.assert_array_equal(arrays["exposure_time"], np.where(arrays["weight"] != 0, 90, 0))
