"""save_exposures: each exposure as outlier detection sees it."""

import re

import asdf
import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.grid.grid import read_grid
from wfimosaic.outliers.exposures import MedianRecipe, drizzle_exposure, weigh_exposures
from wfimosaic.outliers.save_exposures import file_name, save_exposures

from ..synthetic import whole

SETTINGS = {"weight_type": "ivm", "pixfrac": 1.0, "kernel": "square", "maskpt": 0.7, "good_bits": "~DO_NOT_USE"}


@pytest.fixture(scope="module")
def saved(matched, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exposures")
    save_exposures(matched.paths, matched.grid, folder / "P_exposures.txt", **SETTINGS)
    return folder


def test_every_exposure_is_listed(saved, matched):
    groups = list(read_grid(matched.grid).groups())
    names = (saved / "P_exposures.txt").read_text().splitlines()
    assert names == [f"{group}_outlier_i2d.asdf" for group in groups]
    assert sorted(path.name for path in saved.iterdir()) == sorted([*names, "P_exposures.txt"])


def test_names_end_as_those_of_mosaics(matched, tmp_path):
    save_exposures(matched.paths, matched.grid, tmp_path / "P_exposures.txt", **SETTINGS, suffix="coadd")
    names = (tmp_path / "P_exposures.txt").read_text().splitlines()
    assert names == [f"{group}_outlier_coadd.asdf" for group in read_grid(matched.grid).groups()]
    assert all((tmp_path / name).is_file() for name in names)


def test_image_is_the_drizzled_exposure_in_its_place(saved, matched):
    grid = read_grid(matched.grid)
    recipe = MedianRecipe(Drop("square", 1.0, grid.pixel_scale_ratio), "ivm", "~DO_NOT_USE", 0.7)
    exposure = weigh_exposures(matched.paths, grid, recipe, 1)[1]
    group = exposure.group
    image, _ = drizzle_exposure(exposure, whole(grid.shape), recipe)
    with asdf.open(saved / f"{group}_outlier_i2d.asdf") as file:
        assert file["group"] == group
        assert file["threshold"] == exposure.threshold
        data, wcs = np.asarray(file["data"]), file["wcs"]
        # The same position lies in both, and the same values around it.
        sky = wcs(100.0, 120.0, with_bounding_box=False)
        x, y = (round(float(value)) for value in grid.wcs.invert(*sky, with_bounding_box=False))
        ny, nx = data.shape
        np.testing.assert_array_equal(data, image[y - 120 : y - 120 + ny, x - 100 : x - 100 + nx])
        assert wcs.pixel_shape == (nx, ny)
    assert np.isfinite(data).sum() == np.isfinite(image).sum()


def test_no_two_exposures_share_a_file():
    groups = ["a_b", "a b", "a/b", "a_b_", "a:b", "\u00e4b", "\u00f6b", *("x" * 200 + end for end in "yz")]
    names = [file_name(group) for group in groups]
    assert len(set(names)) == len(groups)
    assert names[0] == "a_b" and names[1].startswith("a_b_")
    assert all(re.fullmatch(r"[A-Za-z0-9._+-]{1,160}", name) for name in names)
