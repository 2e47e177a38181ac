"""mosaic_file: what is no mosaic of this workflow is refused, and the record is read as it was written."""

import shutil

import asdf
import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.mosaic.mosaic_file import MosaicRecord, open_mosaic
from wfimosaic.workflow.settings import complete, recorded_settings


def test_record_is_plain_and_as_it_was_written(finished_product):
    with open_mosaic(finished_product.mosaic) as roman:
        record = MosaicRecord.of(roman["meta"])
    assert record.settings == recorded_settings(complete({"associations": ["asn.json"]}))
    assert record.excluded == [{"path": "b_cal.asdf", "reason": "its exptype in the association is not science"}]
    assert [entry["path"].rpartition("/")[2] for entry in record.inputs] == [
        f"{stem}_cal.asdf" for stem in finished_product.stems
    ]
    assert all(len(entry["sha256"]) == 64 for entry in record.inputs)
    assert record.versions["wfimosaic"] and record.versions["numpy"] == np.__version__


def test_a_record_of_an_earlier_version_is_told(finished_product):
    with open_mosaic(finished_product.mosaic) as roman:
        meta = dict(roman["meta"].items())
    meta["wfimosaic"] = {name: value for name, value in meta["wfimosaic"].items() if name != "noise"}
    with pytest.raises(InputError, match=r"^P_i2d\.asdf: was made by an earlier version, .* noise: make it again$"):
        MosaicRecord.of(meta)


def refused(path, strict):
    with pytest.raises(InputError) as error, open_mosaic(str(path), strict):
        pass
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("strict", [False, True])
def test_what_is_no_mosaic_is_refused(finished_product, tmp_path, strict):
    assert "no such file" in refused(tmp_path / "nothing.asdf", strict)
    (tmp_path / "text.asdf").write_text("no")
    assert "cannot be read as ASDF" in refused(tmp_path / "text.asdf", strict)
    assert "is no mosaic" in refused(finished_product.members[0], strict)
    asdf.AsdfFile({"roman": {"data": [1], "context": [1], "meta": {"telescope": "ROMAN"}}}).write_to(
        tmp_path / "other.asdf"
    )
    assert "was not made by wfimosaic" in refused(tmp_path / "other.asdf", strict)


def test_truncated_mosaic_is_refused_when_strict(finished_product, tmp_path):
    path = shutil.copy(finished_product.mosaic, tmp_path / "P_i2d.asdf")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "copy it again" in refused(path, strict=True)
