"""verify_mosaic: a damaged mosaic does not pass for whole."""

import shutil

import pytest
from wfimosaic.commands.verify_mosaic import verify_mosaic
from wfimosaic.errors import InputError


@pytest.fixture
def mosaic(finished_product, tmp_path):
    return shutil.copy(finished_product.mosaic, tmp_path / "P_i2d.asdf")


def test_whole_mosaic_passes(mosaic):
    assert verify_mosaic(mosaic) == ([], [])


def test_mosaic_that_is_cut_off_is_told_so(mosaic):
    content = mosaic.read_bytes()
    mosaic.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"P_i2d\.asdf: is truncated: copy it again$"):
        verify_mosaic(mosaic)


def test_metadata_that_cannot_be_read_are_told(mosaic):
    # Of the first table of the members' metadata.
    mosaic.write_bytes(mosaic.read_bytes().replace(b"byteorder: little", b"byteorder: xittle", 1))
    with pytest.raises(
        InputError, match=r"P_i2d\.asdf: cannot be read as ASDF: Invalid ASDF byteorder .*: make it again$"
    ):
        verify_mosaic(mosaic)
