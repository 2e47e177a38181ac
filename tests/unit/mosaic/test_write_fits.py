"""A mosaic as FITS: the same arrays, a true WCS and where it all comes from."""

import warnings
from pathlib import Path

import asdf
import gwcs
import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time
from astropy.utils.exceptions import AstropyUserWarning
from astropy.wcs import WCS
from wfimosaic.grid.fits_wcs import fits_wcs
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.mosaic.fits_checksum import add_words, encode
from wfimosaic.mosaic.write_fits import EXTENSIONS, write_fits
from wfimosaic.simulation.focal_plane import detector_wcs


@pytest.fixture(scope="module")
def written(finished_product, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("fits") / "P_i2d.fits")
    write_fits(finished_product.mosaic, path)
    return path


def positions(shape, count=500):
    rng = np.random.default_rng(3)
    return rng.uniform(-0.5, shape[1] - 0.5, count), rng.uniform(-0.5, shape[0] - 0.5, count)


def test_all_arrays_are_the_same(written, finished_product):
    with fits.open(written) as hdus, asdf.open(finished_product.mosaic) as file:
        hdus.verify("exception")
        roman = file["roman"]
        names = [name for name in EXTENSIONS if name in roman]
        assert [hdu.name for hdu in hdus[1:]] == [*[EXTENSIONS[name] for name in names], "MEMBERS"]
        for name in names:
            array = np.asarray(roman[name])
            assert hdus[EXTENSIONS[name]].data.dtype.kind == array.dtype.kind
            np.testing.assert_array_equal(hdus[EXTENSIONS[name]].data, array)


def test_every_image_has_the_wcs_in_its_header(written, finished_product):
    with fits.open(written) as hdus, asdf.open(finished_product.mosaic) as file:
        wcs, shape = file["roman"]["meta"]["wcs"], file["roman"]["data"].shape
        x, y = positions(shape)
        ra, dec = wcs(x, y, with_bounding_box=False)
        for hdu in hdus[1:-1]:
            there = WCS(hdu.header).celestial.wcs_world2pix(ra, dec, 0)
            np.testing.assert_allclose(there, [x, y], rtol=0, atol=1e-6)


def test_header_says_how_it_was_made(written, finished_product):
    with fits.open(written) as hdus, asdf.open(finished_product.mosaic) as file:
        meta = file["roman"]["meta"]
        header, history = hdus[0].header, "\n".join(hdus[0].header["HISTORY"])
        assert header["FILTER"] == "F158" and header["NEXP"] == 3 and header["NMEMBERS"] == 6
        assert header["EXPTIME"] == pytest.approx(meta["coadd_info"]["exposure_time"])
        assert header["NOISCORR"] == pytest.approx(meta["wfimosaic"]["noise"]["correlation_factor"])
        assert header["UNCHECKD"] == pytest.approx(meta["wfimosaic"]["unchecked"])
        for step, settings in meta["wfimosaic"]["settings"].items():
            for name, value in settings.items():
                assert f"{step}.{name} = {value}" in history
        assert "drizzle 3" in history and "excluded: b_cal.asdf: its exptype" in history
        found = [(row["path"], row["sha256"]) for row in hdus["MEMBERS"].data]
        assert found == [(entry["path"], entry["sha256"]) for entry in meta["wfimosaic"]["inputs"]]


def test_times_and_object_are_as_the_standard_names_them(written):
    header = fits.getheader(written)
    assert header["OBJECT"] == "P" and header["TIMESYS"] == "UTC"
    for end in ("BEG", "AVG", "END"):
        assert Time(header[f"DATE-{end}"]).mjd == pytest.approx(header[f"MJD-{end}"], abs=1e-8)
    assert header["MJD-BEG"] < header["MJD-AVG"] < header["MJD-END"]


def test_checksums_are_those_of_the_file(written, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(written, checksum=True) as hdus:
            assert all("CHECKSUM" in hdu.header and "DATASUM" in hdu.header for hdu in hdus)
            place = hdus["SCI"].fileinfo()["datLoc"] + 4 * (hdus["SCI"].data.size // 2)
    content = bytearray(Path(written).read_bytes())
    content[place] ^= 1
    (tmp_path / "damaged.fits").write_bytes(content)
    with pytest.warns(AstropyUserWarning, match="Datasum verification failed for HDU \\('SCI', 1\\)"):
        fits.open(tmp_path / "damaged.fits", checksum=True).close()


@pytest.mark.parametrize("value", [0, 1, 0xFFFFFFFF, 0x3A3A3A3A, 0x12345678, 868229149])
def test_sums_are_encoded_in_letters_and_digits(value):
    word = encode(value)
    assert word.isalnum() and len(word) == 16
    # Rotated back, its words add up to the value and four times four zeros.
    assert add_words(0, (word[1:] + word[:1]).encode()) % 0xFFFFFFFF == (value + 4 * 0x30303030) % 0xFFFFFFFF


def test_zero_point_gives_magnitudes(written):
    with fits.open(written) as hdus:
        header = hdus["SCI"].header
        # 3631 Jy is magnitude 0: a source of 1 microjansky is 23.9.
        pixel = 1e-6 / (header["PIXAR_SR"] * 1e6)
        assert header["MAGZERO"] - 2.5 * np.log10(pixel) == pytest.approx(23.9, abs=0.001)
        assert header["BUNIT"] == "MJy/sr"


TURN = np.radians(33)
ROTATION = [[-np.cos(TURN), np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]]
PLANE = tangent_plane((270, 66), (500.3, 600.2), 3e-5, ROTATION)


@pytest.mark.parametrize(
    ("wcs", "shape"),
    [
        (PLANE, (1000, 1200)),
        (tangent_plane((225, 90), (7299.5, -79100.5), 1.5277777777777777e-5, [[-1, 0], [0, 1]]), (5000, 5000)),
        (tangent_plane((0.001, -90), (2000, 3000), 3e-5, ROTATION), (5000, 5000)),
        (detector_wcs((270, 66, 20), 1, (400, 500), with_inverse=True), (400, 500)),
        (gwcs.WCS([(PLANE.input_frame, PLANE.forward_transform.forward), (PLANE.output_frame, None)]), (400, 500)),
    ],
    ids=["turned", "skycell at the north pole", "south pole", "distorted", "not in FITS form"],
)
@pytest.mark.parametrize("step", [1, 7])
def test_fits_wcs_is_the_gwcs(wcs, shape, step):
    header = fits_wcs(wcs, shape, step).to_header(relax=True)
    x, y = positions([n // step for n in shape])
    ra, dec = WCS(header).all_pix2world(x, y, 0)
    there = wcs.invert(ra, dec, with_bounding_box=False)
    expected = [value * step + (step - 1) / 2 for value in (x, y)]
    np.testing.assert_allclose(there, expected, rtol=0, atol=1e-6 * step)
