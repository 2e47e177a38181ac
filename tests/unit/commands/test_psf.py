"""psf: the PSF of a mosaic in a file."""

import subprocess
import sys

import asdf
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from matplotlib.image import imread
from photutils.psf import GriddedPSFModel
from psf.epsf_files import write_epsf_files
from wfimosaic.commands import explain_position
from wfimosaic.commands.command import main
from wfimosaic.psf.mosaic_psf import MosaicPsf
from wfimosaic.psf.psf_map import measure_psf_map, write_psf_map


@pytest.fixture(scope="module")
def epsf(tmp_path_factory):
    return write_epsf_files(tmp_path_factory.mktemp("epsf"), "F158", (1, 2), 256)


@pytest.fixture(scope="module")
def place(finished_product, epsf):
    """A pixel of the mosaic where several members look, and its position on the sky."""
    psf = MosaicPsf(finished_product.mosaic, epsf)
    x, y = 0.4 * psf.grid.shape[1] + 0.3, 0.5 * psf.grid.shape[0] - 0.2
    return (x, y), tuple(float(value) for value in psf.to_sky(x, y))


def words(finished_product, place, *more):
    return ["psf", finished_product.mosaic, *(f"{value:.9f}" for value in place[1]), *map(str, more)]


@pytest.mark.parametrize("oversample", [1, 3])
def test_asdf_and_fits_have_the_same(finished_product, epsf, place, tmp_path, capsys, oversample):
    paths = [tmp_path / name for name in ("psf.asdf", "psf.fits")]
    for path in paths:
        assert main(words(finished_product, place, "--epsf", epsf, "--oversample", oversample, "-o", path)) == 0
    said = capsys.readouterr().out
    with asdf.open(paths[0]) as file, fits.open(paths[1]) as hdus:
        psf, header, table = file["psf"], hdus[0].header, hdus["MEMBERS"].data
        data = np.array(psf["data"])
        assert np.array_equal(data, hdus[0].data)
        assert data.sum() / oversample**2 == pytest.approx(1, abs=1e-5)
        assert data.shape == (37 * oversample,) * 2
        assert header["OVERSAMP"] == psf["oversample"] == oversample
        assert header["CAPTURED"] == pytest.approx(psf["captured"]) == pytest.approx(1, abs=0.1)
        assert header["FWHM"] == pytest.approx(psf["fwhm"])
        assert f"FWHM {psf['fwhm']:.4f} arcsec" in said and 0.1 < psf["fwhm"] < 0.25
        assert table["SHARE"].sum() == pytest.approx(1) and len(table) > 1
        assert [row["member"] for row in psf["members"]] == list(table["MEMBER"])
        assert set(table["MEMBER"]) <= set(finished_product.stems)
        # The star is where it was asked for, in the array, in the mosaic and on the sky.
        star = np.array(psf["star"])
        assert np.array(psf["corner"]) + star / oversample == pytest.approx(place[0], abs=1e-4)
        assert (header["X_STAR"], header["Y_STAR"]) == pytest.approx(tuple(star + 1))
        assert WCS(header).all_pix2world(*star, 0) == pytest.approx(place[1], abs=1e-8)
        first = MosaicPsf(finished_product.mosaic, epsf).to_sky(*np.array(psf["corner"]))
        assert np.allclose(WCS(header).all_pix2world(0, 0, 0), first, rtol=0, atol=1e-8)
        peak = np.array(np.unravel_index(np.argmax(data), data.shape))[::-1]
        assert np.abs(peak - star).max() <= 0.5 * oversample


def test_it_waits_for_no_package_that_takes_seconds(finished_product, epsf, place, tmp_path):
    script = (
        "import sys; from wfimosaic.commands.command import main; code = main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    given = words(finished_product, place, "--epsf", epsf, "-o", tmp_path / "psf.asdf")
    done = subprocess.run([sys.executable, "-c", script, *given], capture_output=True, text=True, check=True)
    imported = {name.split(".")[0] for name in done.stderr.split()}
    assert "asdf" in imported and not imported & {"astropy", "gwcs", "matplotlib", "roman_datamodels", "shapely"}


def test_picture(finished_product, epsf, place, tmp_path):
    path = tmp_path / "psf.png"
    assert main(words(finished_product, place, "--epsf", epsf, "--size", "2", "-o", path)) == 0
    assert imread(path)[..., :3].std() > 0.05


def test_grid_for_photutils(finished_product, epsf, place, tmp_path, capsys):
    paths = [tmp_path / name for name in ("psfs.fits", "psfs.asdf")]
    for path in paths:
        grid = ["--epsf", epsf, "--grid", "2", "--size", "1.5", "--oversample", "2", "-o", str(path)]
        assert main(["psf", finished_product.mosaic, *grid]) == 0
    assert "4 PSFs of 29 x 29 samples" in capsys.readouterr().out
    model = GriddedPSFModel.read(paths[0])
    assert model.oversampling.tolist() == [2, 2] and model.data.shape == (4, 29, 29)
    with asdf.open(paths[1]) as file:
        assert np.array_equal(model.grid_xypos, file["psf"]["places"])
        assert np.array_equal(model.data, file["psf"]["data"])
    ny, nx = asdf.open(finished_product.mosaic)["roman"]["data"].shape
    assert model.grid_xypos[1].tolist() == [np.floor(0.75 * nx), np.floor(0.25 * ny)]


def test_a_report_that_used_files_makes_them_known(finished_product, epsf, place, tmp_path, capsys):
    folder = tmp_path / "P"
    folder.mkdir()
    for path in finished_product.folder.iterdir():
        (folder / path.name).symlink_to(path)
    mosaic = str(folder / "P_i2d.asdf")
    position = [f"{value:.9f}" for value in place[1]]
    output = str(tmp_path / "psf.asdf")
    assert main(["psf", mosaic, *position, "-o", output]) == 1
    assert 'give --epsf "folder/*.asdf": take Roman\'s reference files of the type EPSF' in capsys.readouterr().err
    assert explain_position.explain_position(mosaic, *place[1])["psf"] is None
    write_psf_map(folder / "report" / "P_psf.asdf", measure_psf_map(MosaicPsf(mosaic, epsf), 2, epsf))
    assert main(["psf", mosaic, *position, "-o", output]) == 0
    width = capsys.readouterr().out.split("FWHM ")[1].split()[0]
    assert main(["explain", mosaic, *position]) == 0
    assert f"PSF: FWHM {width} arcsec, ellipticity 0." in capsys.readouterr().out


MISTAKES = {
    "nowhere": ([], ["RA and DEC are missing"]),
    "another format": (["270", "66", "-o", "psf.jpg"], ["psf.jpg", ".fits"]),
    "a picture of many": (["--grid", "3", "-o", "psf.png"], ["psf.png", ".fits"]),
    "no samples": (["270", "66", "--oversample", "0"], ["--oversample 0"]),
    "too small": (["270", "66", "--size", "0.1", "--epsf", "{epsf}"], ["size 0.1", "arcsec wide"]),
    "no end": (["270", "66", "--size", "inf", "--epsf", "{epsf}"], ["size inf"]),
    "no files": (["270", "66", "--epsf", "no/*.asdf"], ["no/*.asdf: there is no file of PSFs", "CRDS".lower()]),
    "another place": (["27", "66", "--epsf", "{epsf}"], ["outside of it"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(finished_product, epsf, tmp_path, monkeypatch, capsys, mistake):
    monkeypatch.chdir(tmp_path)
    given, said = MISTAKES[mistake]
    assert main(["psf", finished_product.mosaic, *(word.format(epsf=epsf) for word in given)]) == 1
    _, error = capsys.readouterr()
    assert error.startswith("wfimosaic: ") and error.count("\n") == 1
    assert all(word in error for word in said), error


def test_where_nothing_lies_there_is_no_psf(finished_product, epsf, capsys):
    psf = MosaicPsf(finished_product.mosaic, epsf)
    with asdf.open(finished_product.mosaic) as file:
        empty = np.asarray(file["roman"]["weight"]) == 0
    corner = next(k for k in np.ndindex(2, 2) if empty[k[0] * (empty.shape[0] - 1), k[1] * (empty.shape[1] - 1)])
    x, y = corner[1] * (empty.shape[1] - 1), corner[0] * (empty.shape[0] - 1)
    position = [f"{float(value):.9f}" for value in psf.to_sky(x, y)]
    assert main(["psf", finished_product.mosaic, *position, "--size", "0.6", "--epsf", epsf]) == 1
    assert "no member has a usable pixel there" in capsys.readouterr().err
