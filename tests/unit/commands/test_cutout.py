"""cutout: a piece of a mosaic as ASDF, FITS or PNG."""

import asdf
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from matplotlib.image import imread
from roman_datamodels import datamodels
from wfimosaic.commands.command import main
from wfimosaic.commands.cut_mosaic import cut_mosaic
from wfimosaic.mosaic.mosaic_header import exposures_of


@pytest.fixture(scope="module")
def whole(finished_product):
    with asdf.open(finished_product.mosaic, memmap=False) as file:
        roman = file["roman"]
        arrays = {name: np.array(value) for name, value in roman.items() if hasattr(value, "shape")}
        return arrays | {"wcs": roman["meta"]["wcs"]}


def place(whole, x, y):
    ra, dec = whole["wcs"](x, y, with_bounding_box=False)
    return float(ra), float(dec)


def test_asdf_is_a_mosaic_with_the_same_pixels_at_the_same_places(finished_product, whole, tmp_path):
    output = str(tmp_path / "c.asdf")
    # 40 pixels of 0.11 arcsec.
    assert cut_mosaic(finished_product.mosaic, *place(whole, 200, 150), 4.4, output) == (40, 40)
    with datamodels.open(output) as model:
        model.validate()
        assert isinstance(model, datamodels.MosaicModel)
        for name in ("data", "err", "weight", "var_rnoise"):
            np.testing.assert_array_equal(model[name], whole[name][..., 130:170, 180:220])
        ra, dec = model.meta.wcs(np.array([0, 39]), np.array([0, 39]))
        x, y = whole["wcs"].invert(ra, dec, with_bounding_box=False)
        np.testing.assert_allclose([x, y], [[180, 219], [130, 169]], atol=1e-6)
        assert model.meta.statistics.image_median == pytest.approx(np.median(model.data))
        assert model.meta.wcsinfo.image_shape == [40, 40]


def test_members_that_are_not_in_a_cutout_are_not_in_its_metadata(finished_product, whole, tmp_path):
    output = str(tmp_path / "c.asdf")
    x, y, half = 150, 150, 50
    cut_mosaic(finished_product.mosaic, *place(whole, x, y), 2 * half * 0.11, output)
    context = whole["context"][0, y - half : y + half, x - half : x + half]
    kept = [k for k in range(6) if (context >> k & 1).any()]
    assert 0 < len(kept) < 6
    with datamodels.open(output) as model, datamodels.open(finished_product.mosaic) as original:
        model.validate()
        meta, before = model.meta, original.meta
        assert list(meta.resample.members) == [before.resample.members[k] for k in kept]
        assert meta.resample.pointings == len(kept)
        assert [entry["path"] for entry in meta.wfimosaic["inputs"]] == [
            before.wfimosaic["inputs"][k]["path"] for k in kept
        ]
        for new, old in enumerate(kept):
            np.testing.assert_array_equal(model.context[0] >> new & 1, context >> old & 1)
        starts = before.individual_image_meta["exposure"]["start_time"]
        assert meta.coadd_info.time_first.isot == min(str(starts[k]) for k in kept)
        seconds = before.individual_image_meta["exposure"]["effective_exposure_time"]
        time = sum((context >> k & 1) * seconds[k] for k in kept)
        assert meta.coadd_info.exposure_time == pytest.approx(time[time > 0].mean())


@pytest.mark.parametrize("size", [4.4, 20])
def test_unchecked_area_is_that_of_the_cutout(finished_product, whole, tmp_path, size):
    output = str(tmp_path / "c.asdf")
    cut_mosaic(finished_product.mosaic, *place(whole, 100, 150), size, output)
    with asdf.open(output) as file:
        context, record = np.array(file["roman"]["context"][0]), file["roman"]["meta"]["wfimosaic"]
        groups = exposures_of(record["inputs"])
        count = sum(np.bitwise_or.reduce([context >> k & 1 for k in group]) for group in groups)
        assert record["unchecked"] == pytest.approx(np.mean(count[count > 0] == 1))


def test_fits(finished_product, whole, tmp_path):
    output = str(tmp_path / "c.fits")
    position = place(whole, 200.2, 150.3)
    assert cut_mosaic(finished_product.mosaic, *position, 3.3, output) == (30, 30)
    with fits.open(output) as hdus:
        x, y = WCS(hdus["SCI"].header).wcs_world2pix(*position, 0)
        assert 14 < x < 16 and 14 < y < 16
        first = [round(200.2 - float(x)), round(150.3 - float(y))]
        part = whole["data"][first[1] : first[1] + 30, first[0] : first[0] + 30]
        np.testing.assert_array_equal(hdus["SCI"].data, part)
        assert hdus["CON"].data.shape == (1, 30, 30)


def test_png_shows_something(finished_product, whole, tmp_path):
    output = str(tmp_path / "c.png")
    cut_mosaic(finished_product.mosaic, *place(whole, 200, 150), 10, output)
    picture = imread(output)
    assert min(picture.shape[:2]) > 500 and len(np.unique(picture[..., 0])) > 50


def test_border_cuts_the_cutout(finished_product, whole, tmp_path):
    output = str(tmp_path / "c.asdf")
    assert cut_mosaic(finished_product.mosaic, *place(whole, 0, 5), 4.4, output) == (25, 20)
    with asdf.open(output) as file:
        np.testing.assert_array_equal(file["roman"]["data"], whole["data"][:25, :20])


def test_command(finished_product, whole, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    position = [f"{value:.7f}" for value in place(whole, 200, 150)]
    assert main(["cutout", finished_product.mosaic, *position, "2.2"]) == 0
    assert capsys.readouterr().out == "P_cutout.asdf: 20 x 20 pixels\n" and (tmp_path / "P_cutout.asdf").exists()
    position = SkyCoord(*place(whole, 200, 150), unit="deg").to_string("hmsdms", precision=4).split()
    assert main(["cutout", finished_product.mosaic, *position, "2.2"]) == 0
    assert capsys.readouterr().out == "P_cutout.asdf: 20 x 20 pixels\n"
    for words, message in (
        ([*position, "0"], "larger than 0"),
        (["1", "2", "3"], "outside"),
        ([*position, "2", "-o", "c.jpg"], ".asdf, .fits, .png"),
        ([*position, "2", "-o", finished_product.mosaic], "is itself one of the files that are read"),
        ([*position, "2", "-o", "/proc/none/c.fits"], "/proc/none"),
    ):
        assert main(["cutout", finished_product.mosaic, *words]) == 1
        out, err = capsys.readouterr()
        assert out == "" and message in err and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["P_cutout.asdf"]
