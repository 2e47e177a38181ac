"""Files that releases of roman_datamodels and asdf wrote, compressed or not, give the same arrays."""

import subprocess
import sys
import tarfile
from pathlib import Path

import asdf
import numpy as np
import pytest
from faults.chain import make_product
from wfimosaic.errors import InputError
from wfimosaic.files.plain_asdf import plain_asdf
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.images.stored_image import StoredImage
from wfimosaic.sky.sky_record import SkyLevel, SkyRecord, write_sky_record
from wfimosaic.sky.subtract_sky import subtract_sky

ARCHIVE = Path(__file__).parents[2] / "data" / "cal_files.tar.xz"
RELEASES = ("0.23.1", "0.25.0", "0.26.0", "0.28.1", "1.0.0", "1.1.0", "1.2.0")
# Whose checksums of compressed blocks are of the bytes before compression.
OLD = ("0.23.1", "0.25.0", "0.26.0", "0.28.1", "1.0.0")
COMPRESSIONS = ("none", "lz4", "zlib", "bzp2")
ARRAYS = ("data", "dq", "err", "var_poisson", "var_rnoise")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder of the files, named by release and compression."""
    folder = tmp_path_factory.mktemp("releases")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def scale(tmp_path_factory):
    """Take a file through subtract_sky: its arrays by name."""
    folder = tmp_path_factory.mktemp("scaled")
    sky, output = folder / "sky.json", str(folder / "m_skymatch.asdf")
    level = SkyLevel(fingerprint=None, level=0.05, status="COMPLETE")
    write_sky_record(SkyRecord("match", {"m": level}, [], {}), sky)

    def scale(path):
        subtract_sky(str(path), str(sky), output, "m")
        image = StoredImage(output)
        arrays = {name: image.read(name) for name in ARRAYS}
        image.close()
        return arrays

    return scale


@pytest.fixture(scope="module")
def scaled(files, scale):
    """The arrays of all files: dict by release and compression."""
    cases = [(release, compression) for release in RELEASES for compression in COMPRESSIONS]
    return {(one, other): scale(files / f"{one}_{other}_cal.asdf") for one, other in cases}


@pytest.mark.parametrize("release", RELEASES)
def test_files_have_the_checksums_of_their_time(release, files):
    with plain_asdf(), asdf.open(files / f"{release}_lz4_cal.asdf", validate_checksums=True, memmap=False) as file:
        if release in OLD:
            with pytest.raises(ValueError, match="does not match given checksum"):
                np.asarray(file["roman"]["data"])
        else:
            assert np.asarray(file["roman"]["data"]).shape == (48, 64)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_release_gives_the_same_arrays(release, compression, scaled):
    arrays, newest = scaled[release, compression], scaled["1.2.0", "none"]
    for name in ("data", "dq"):
        np.testing.assert_array_equal(arrays[name], newest[name])
    # New schemas store errors in half precision, of eleven bits.
    for name in ("err", "var_poisson", "var_rnoise"):
        np.testing.assert_allclose(arrays[name], newest[name], rtol=2**-10)
    for name in ARRAYS:
        np.testing.assert_array_equal(arrays[name], scaled[release, "none"][name])


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("release", ["0.23.1", "1.2.0"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damaged_arrays_are_refused_by_either_checksum(release, compression, files, scale, tmp_path):
    good = files / f"{release}_{compression}_cal.asdf"
    content = good.read_bytes()
    right = scale(good)
    for position in range(content.index(b"\xd3BLK") + 20, len(content), 1999):
        bad = tmp_path / "bad_cal.asdf"
        bad.write_bytes(content)
        flip(bad, position)
        try:
            arrays = scale(bad)
        except InputError as error:
            assert str(error).startswith(f"{bad}: ") and "copy it again" in str(error)
        else:
            # Padding and the index of blocks are no pixels.
            assert all(np.array_equal(arrays[name], right[name]) for name in ARRAYS), position


@pytest.mark.parametrize("compression", ["lz4", "zlib", "bzp2"])
@pytest.mark.parametrize("release", ["0.26.0", "1.2.0"])
def test_wrong_checksum_of_a_compressed_array_is_refused(release, compression, files, scale, tmp_path):
    bad = tmp_path / "bad_cal.asdf"
    bad.write_bytes((files / f"{release}_{compression}_cal.asdf").read_bytes())
    # Magic, size of the header, flags, compression and three sizes come before the checksum.
    flip(bad, bad.read_bytes().index(b"\xd3BLK") + 4 + 2 + 4 + 4 + 24)
    with pytest.raises(InputError, match=r"bad_cal\.asdf: .*does not match its checksum: copy it again"):
        scale(bad)


def test_releases_make_one_mosaic(files, tmp_path):
    def mosaic(compression):
        paths = [files / f"{release}_{compression}_cal.asdf" for release in RELEASES]
        image = StoredImage(make_product(tmp_path / compression, paths))
        arrays = {name: np.array(image[name]) for name in ("data", "err", "weight", "context")}
        image.close()
        return arrays

    plain, packed = mosaic("none"), mosaic("lz4")
    for name, array in plain.items():
        np.testing.assert_array_equal(packed[name], array)
    assert np.bitwise_or.reduce(plain["context"], axis=None) == 2 ** len(RELEASES) - 1
    assert np.nanmedian(plain["data"]) == pytest.approx(0.3 * 0.77, rel=0.02)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_compression_makes_no_job_import_data_models(compression, files, tmp_path):
    write_sky_record(SkyRecord("match", {"m": SkyLevel(None, 0.05, "COMPLETE")}, [], {}), str(tmp_path / "sky.json"))
    path, names = (
        str(files / f"1.2.0_{compression}_cal.asdf"),
        [str(tmp_path / name) for name in ("sky.json", "m.asdf")],
    )
    code = f"""
import sys
from wfimosaic.sky.subtract_sky import subtract_sky
subtract_sky({path!r}, {names[0]!r}, {names[1]!r}, "m")
print([name for name in ("astropy", "gwcs", "roman_datamodels") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


@pytest.mark.parametrize("release", RELEASES)
def test_headers_of_all_releases_agree(release, files):
    one, newest = (read_member_header(str(files / f"{name}_lz4_cal.asdf"), "m") for name in (release, "1.2.0"))
    np.testing.assert_allclose(one.sky, newest.sky, rtol=0, atol=1e-12)
    assert one.optical_element == "F158" and one.pixel_scale == pytest.approx(newest.pixel_scale)
