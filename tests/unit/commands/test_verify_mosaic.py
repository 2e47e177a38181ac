"""verify_mosaic: a damaged mosaic does not pass for whole."""

import dataclasses
import shutil

import pytest
from wfimosaic.commands import verify_mosaic as verify_module
from wfimosaic.commands.verify_mosaic import verify_mosaic
from wfimosaic.errors import InputError
from wfimosaic.mosaic.mosaic_file import MosaicRecord

RECORD = MosaicRecord(settings={}, excluded=[], unchecked=0.0, inputs=[], versions={}, noise={})


@pytest.fixture
def mosaic(finished_product, tmp_path):
    return shutil.copy(finished_product.mosaic, tmp_path / "P_i2d.asdf")


def test_whole_mosaic_passes(mosaic):
    assert verify_mosaic(mosaic) == ([], [])


def test_inputs_that_are_all_elsewhere_are_one_line(mosaic, tmp_path, monkeypatch):
    names = [f"members/m{k}.asdf" for k in range(3)]
    record = dataclasses.replace(RECORD, inputs=[{"path": name, "sha256": "0", "exposure": "1"} for name in names])
    monkeypatch.setattr(verify_module.MosaicRecord, "of", lambda meta: record)
    with pytest.raises(InputError, match=r"m0\.asdf: is not there, nor any other of 3 inputs: .* with --inputs$"):
        verify_mosaic(mosaic, str(tmp_path))
    (tmp_path / "members").mkdir()
    (tmp_path / names[1]).touch()
    errors, _ = verify_mosaic(mosaic, str(tmp_path))
    assert errors == [
        "members/m1.asdf: has changed since",
        "members/m0.asdf: is not there any more",
        "members/m2.asdf: is not there any more",
    ]


def test_inputs_at_urls_are_not_compared(mosaic, monkeypatch):
    inputs = [{"path": f"s3://roman/m{k}.asdf", "sha256": "0", "exposure": "1"} for k in range(2)]
    monkeypatch.setattr(verify_module.MosaicRecord, "of", lambda meta: dataclasses.replace(RECORD, inputs=inputs))
    assert verify_mosaic(mosaic) == ([], ["note: 2 inputs at URLs are not compared"])


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
