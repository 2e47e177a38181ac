"""fingerprint: another file has another one, a copy has not."""

import os
import shutil

import numpy as np
import pytest
from faults.bad_files import add_checksums, replace, spoil, update
from wfimosaic.errors import InputError
from wfimosaic.files.fingerprint import check_not_replaced, fingerprint

from ..synthetic import write_cal


@pytest.fixture
def member(tmp_path):
    path = tmp_path / "a_cal.asdf"
    write_cal(path)
    add_checksums(path)
    return path


def test_copies_are_the_same_file(member, tmp_path):
    copy = shutil.copy(member, tmp_path / "b_cal.asdf")
    os.utime(copy, (0, 0))
    assert fingerprint(copy) == fingerprint(member)


@pytest.mark.parametrize(
    "change", [update("exposure", exposure_time=1.0), replace(data=lambda d: d + np.eye(*d.shape))]
)
def test_other_metadata_or_one_other_pixel_is_another_file(member, change):
    before = fingerprint(member)
    spoil(member, change)
    with pytest.raises(InputError, match=r"a_cal\.asdf: has changed since the grid was defined: run again"):
        check_not_replaced(member, before)


def test_file_that_ends_too_early_is_cut_off(member):
    content = member.read_bytes()
    last = content.rindex(b"\xd3BLK")
    member.write_bytes(content[: last + 100])
    with pytest.raises(InputError, match=r"a_cal\.asdf: is truncated: copy it again"):
        fingerprint(member)


@pytest.mark.parametrize("content", [b"", b"#ASDF 1.0.0\n", b"...\n\xd3BLK", b"...\n\xd3BLK\0\x30short"])
def test_broken_files_have_one_too(tmp_path, content):
    (tmp_path / "a.asdf").write_bytes(content)
    assert len(fingerprint(tmp_path / "a.asdf")) == 16


@pytest.mark.parametrize("size", [1 << 40, 1 << 62, (1 << 64) - 1])
def test_block_larger_than_any_file_is_cut_off(member, size):
    content = bytearray(member.read_bytes())
    at = content.index(b"\xd3BLK") + 14
    content[at : at + 8] = size.to_bytes(8, "big")
    member.write_bytes(content)
    with pytest.raises(InputError, match=r"a_cal\.asdf: is truncated: copy it again"):
        fingerprint(member)
