"""Photometry through all steps: stars keep their flux in a mosaic of files in half precision."""

import asdf
import numpy as np
import pytest
from wfimosaic.grid.define_grid import define_mosaic_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.simulation.focal_plane import PIXEL_SCALE
from wfimosaic.simulation.scene import Scene
from wfimosaic.simulation.simulate_members import CONVERSION, name_exposure, simulate_image
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky

from ..synthetic import define

SHAPE = (240, 240)
REACH = 9


@pytest.fixture(scope="module")
def stars():
    """Stars on a lattice of 34 pixels: every core is bright enough that half precision loses its read noise."""
    x, y = 34 * (np.mgrid[:5, :5].reshape(2, -1) - 2) + np.random.default_rng(2).uniform(-5, 5, (2, 25))
    flux, round_ = np.geomspace(100, 5000, 25), np.zeros(25)
    degree = PIXEL_SCALE / 3600
    return Scene(50 + x * degree / np.cos(np.radians(20)), 20 + y * degree, flux, round_, round_)


@pytest.fixture(scope="module")
def fluxes(stars, tmp_path_factory):
    """For each weight type the stars' fluxes in the mosaic, over those that were put in."""
    folder, rng = tmp_path_factory.mktemp("stars"), np.random.default_rng(3)
    cal, sky, final = ([str(folder / f"m{k}_{step}.asdf") for k in range(4)] for step in ("cal", "sky", "out"))
    for k, path in enumerate(cal):
        pointing = (50 + rng.uniform(-5, 5) * 3e-5, 20 + rng.uniform(-5, 5) * 3e-5, rng.uniform(-20, 20))
        model, _ = simulate_image(stars, pointing, 1, SHAPE, 0.3, seed=k, cosmic_rays=0, bad_fraction=0)
        name_exposure(model, "0" * 19, k + 1)
        save_image(model, path)
    grid = define(folder / "grid.asdf", cal)
    match_sky(grid, folder / "sky.json", skymethod="local")
    for k in range(4):
        subtract_sky(cal[k], folder / "sky.json", sky[k], f"m{k}", skymethod="local")
        flag_outliers(sky[k], final[k], f"m{k}")
    define_mosaic_grid(grid, folder / "mosaic_grid.asdf")
    found = {}
    for weight_type in ("ivm-sky", "ivm", "none"):
        association = {"name": "asn.json", "target": None, "data_release_id": "p"}
        resample(
            final, folder / "mosaic_grid.asdf", folder / "i2d.asdf", weight_type=weight_type, association=association
        )
        with asdf.open(folder / "i2d.asdf") as file:
            data, wcs = np.array(file["roman"]["data"]), file["roman"]["meta"]["wcs"]
        x, y = np.rint(wcs.invert(stars.ra, stars.dec, with_bounding_box=False)).astype(int)
        sums = [
            data[j - REACH : j + REACH + 1, i - REACH : i + REACH + 1].sum(dtype=float)
            for i, j in zip(x, y, strict=True)
        ]
        found[weight_type] = np.array(sums) / (CONVERSION * stars.flux)
    return found


def test_weights_do_not_change_fluxes(fluxes):
    # Read noises differ by a tenth from pixel to pixel here, which moves a sum by about a thousandth.
    np.testing.assert_allclose(fluxes["ivm"], fluxes["none"], rtol=0.004)
    assert np.std(fluxes["ivm"] / fluxes["none"]) < 0.001


def test_weights_of_empty_sky_change_nothing(fluxes):
    np.testing.assert_allclose(fluxes["ivm-sky"], fluxes["none"], rtol=2e-4)


def test_fluxes_are_those_that_were_put_in(stars, fluxes):
    # Sky and photons add noise to the faint ones.
    noise = np.sqrt((stars.flux + 0.35 * (2 * REACH + 1) ** 2) / (278 * 4)) / stars.flux
    assert (np.abs(fluxes["ivm-sky"] - 1) < 0.002 + 4 * noise).all()
