"""Realizations of the noise: drizzled as the data are, in agreement with what the mosaic says of its noise."""

import re
from pathlib import Path

import asdf
import numpy as np
import pytest
import wfimosaic
from scipy import signal
from wfimosaic.grid.define_grid import define_mosaic_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.mosaic.mosaic_file import MosaicRecord, open_mosaic
from wfimosaic.mosaic.resample import resample
from wfimosaic.noise.apertures import aperture_error, circle

ASSOCIATION = {"name": "asn.json", "data_release_id": "p"}
# Radii of apertures [arcsec], and how well so few of them tell.
RADII = {0.1: 0.02, 0.2: 0.02, 0.4: 0.03, 0.8: 0.06, 1.6: 0.12}


def run(members, grid, folder, **settings):
    """Resample members to a mosaic P."""
    folder.mkdir(exist_ok=True)
    resample(members, grid, str(folder / "P_i2d.asdf"), association=ASSOCIATION, **settings)
    return folder


def read(folder):
    """The tree of a file of realizations."""
    with asdf.open(folder / "P_noise.asdf", memmap=False) as file:
        return {name: np.array(value) if name == "noise" else value for name, value in file.tree.items()}


@pytest.fixture(scope="module")
def grid(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("grid") / "grid.asdf"
    define_mosaic_grid(matched.grid, path, pixel_scale_ratio=0.7)
    return path


@pytest.fixture(scope="module")
def made(matched, grid, tmp_path_factory):
    return run(matched.paths, grid, tmp_path_factory.mktemp("noise") / "P", noise_realizations=3)


def test_file_says_what_it_is(matched, grid, made):
    tree = read(made)
    with open_mosaic(made / "P_i2d.asdf") as roman:
        assert tree["noise"].shape == (3, *roman["data"].shape)
        assert tree["noise"].dtype == np.float32
        np.testing.assert_array_equal(np.isnan(tree["noise"]), np.asarray(roman["weight"] == 0)[None].repeat(3, axis=0))
        assert tree["wcs"](20.0, 30.0) == roman["meta"]["wcs"](20.0, 30.0)
        assert "noise" not in roman
    assert (tree["mosaic"], tree["unit"]) == ("P_i2d.asdf", "MJy / sr")
    assert tree["seed"]["product"] == "P" and tree["seed"]["members"] == matched.stems


def test_blocks_and_workers_do_not_change_a_bit_nor_realizations_the_mosaic(matched, grid, made, tmp_path, monkeypatch):
    monkeypatch.setattr("wfimosaic.mosaic.resample.BLOCK_SIZE", 150)
    other = run(matched.paths, grid, tmp_path / "P", noise_realizations=2, workers=2)
    assert read(other)["noise"].tobytes() == read(made)["noise"][:2].tobytes()
    run(matched.paths, grid, other)
    # Those of an earlier mosaic do not stay beside a new one.
    assert [path.name for path in other.iterdir()] == ["P_i2d.asdf"]
    with open_mosaic(made / "P_i2d.asdf") as one, open_mosaic(other / "P_i2d.asdf") as two:
        for name in ("data", "err", "weight", "context", "var_rnoise", "var_poisson"):
            assert np.asarray(one[name]).tobytes() == np.asarray(two[name]).tobytes(), name


def test_noise_of_a_member_is_its_own_whoever_else_is_there(matched, grid, made, tmp_path, monkeypatch):
    """A member more does nothing where it does not lie."""
    fewer = read_grid(str(grid))
    fewer.members = fewer.members[:5]
    monkeypatch.setattr("wfimosaic.mosaic.resample.read_grid", lambda path: fewer)
    folder = run(matched.paths[:5], grid, tmp_path / "P", noise_realizations=1)
    with open_mosaic(made / "P_i2d.asdf") as roman:
        away = (np.asarray(roman["context"])[0] & np.uint32(1 << 5)) == 0
    assert 0.1 < away.mean() < 0.9
    one, all_ = read(folder)["noise"][0], read(made)["noise"][0]
    np.testing.assert_array_equal(one[away], all_[away])
    assert not np.array_equal(one, all_, equal_nan=True)


def test_noise_scatters_as_the_mosaic_says(made):
    planes = read(made)["noise"]
    with open_mosaic(made / "P_i2d.asdf") as roman:
        noise, err = MosaicRecord.of(roman["meta"]).noise, np.array(roman["err"])
        scale = 3600 * roman["meta"]["wcsinfo"]["pixel_scale"]
    covered = err > 0
    assert np.std((planes / err)[:, covered]) == pytest.approx(noise["pixel_scatter"], rel=0.01)
    assert noise["correlation_factor"] == pytest.approx(noise["aperture_factor"] / noise["pixel_scatter"], rel=0.01)
    for radius, tolerance in RADII.items():
        aperture = circle(radius / scale)

        def sums(image, weights=aperture):
            return signal.fftconvolve(np.where(covered, image, 0).astype(float), weights, "valid")

        inside = sums(1, np.ones_like(aperture)) > aperture.size - 0.5
        scale_of_each = np.sqrt(sums(err**2, aperture**2)[inside])
        light = [sums(plane)[inside] / scale_of_each for plane in planes]
        expected = aperture_error(1.0, aperture, noise["pixel_scatter"], noise["kernel"]) / np.sqrt(np.sum(aperture**2))
        assert np.std(light) == pytest.approx(expected, rel=tolerance), radius


def test_code_of_the_page_does_what_it_says(made, tmp_path, monkeypatch):
    page = Path(wfimosaic.__file__).resolve().parents[2] / "workflow" / "docs" / "noise_and_psf.md"
    section = re.search(r"^## The error of an aperture$(.*?)(?=^## |\Z)", page.read_text(), re.DOTALL | re.MULTILINE)[1]
    (tmp_path / "results").symlink_to(made.parent)
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE):
        exec(code.replace("1221", "190").replace("1325", "210"), names)  # this mosaic is smaller than the demo's
    record, err = names["noise"], names["err"]
    assert 20 < np.count_nonzero(err) < 200
    assert names["error"] == pytest.approx(aperture_error(err, 1.0, record["pixel_scatter"], record["kernel"]))
    assert 0.9 < names["error"] / names["large"] < 1
    assert len(names["light"]) == 3 and np.all(np.abs(names["light"]) < 5 * names["error"])
