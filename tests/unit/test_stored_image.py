"""stored_image: images are opened without what they do not need, and nothing of them is lost."""

import shutil
import subprocess
import sys

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.errors import InputError
from wfimosaic.fingerprint import fingerprint
from wfimosaic.stored_image import StoredImage, stored_member


def saved_again(path, output, **meta):
    image = StoredImage(path)
    image["dq"] = np.array(image["dq"]) | np.uint32(128)
    image.meta.update(meta)
    image.save(output)
    image.close()
    return datamodels.open(output)


def test_what_is_saved_is_what_the_data_models_read_and_accept(simulated, tmp_path):
    with datamodels.open(simulated.paths[0]) as old, saved_again(simulated.paths[0], tmp_path / "n.asdf") as new:
        new.validate()
        assert new.meta.filename == "n.asdf"
        for name in ("data", "err", "var_poisson"):
            assert np.array_equal(new[name], old[name], equal_nan=True) and new[name].dtype == old[name].dtype
        assert np.array_equal(new.dq, old.dq | 128)
        assert new.meta.exposure.start_time == old.meta.exposure.start_time
        assert new.meta.wcs(10.0, 20.0) == old.meta.wcs(10.0, 20.0)
        names = {"wcs", "filename"}
        assert {k: v for k, v in new.meta.items() if k not in names} == {
            k: v for k, v in old.meta.items() if k not in names
        }


def test_tag_of_the_file_name_is_kept(simulated, tmp_path):
    # As in files of older data models.
    tag = "asdf://stsci.edu/datamodels/roman/tags/filename-1.0.0"
    image = StoredImage(simulated.paths[0])
    image.meta["filename"] = asdf.tagged.tag_object(tag, "old.asdf")
    image.save(tmp_path / "a.asdf")
    image.close()
    again = StoredImage(tmp_path / "a.asdf")
    assert (str(again.meta["filename"]), again.meta["filename"]._tag) == ("a.asdf", tag)


def test_a_job_on_one_member_imports_neither_data_models_nor_wcs(matched, tmp_path):
    code = f"""
import sys
import wfimosaic.subtract_sky
from wfimosaic.flag_outliers import flag_outliers
member = {str(matched.paths[0])!r}
flag_outliers(member, {str(tmp_path / "o.asdf")!r}, "m")
heavy = ["astropy", "gwcs", "roman_datamodels", "scipy"]
sys.exit(str([name for name in heavy if name in sys.modules]) if set(heavy) & set(sys.modules) else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_member_that_was_replaced_is_refused_before_and_after(simulated, tmp_path):
    path = str(tmp_path / "m_cal.asdf")
    shutil.copy(simulated.paths[0], path)
    mark = fingerprint(path)
    with stored_member(path, mark) as image:
        assert image.meta["telescope"] == "ROMAN"
    with pytest.raises(InputError, match="another file than when the grid was defined"), stored_member(path, mark):
        shutil.copy(simulated.paths[1], path)
    with pytest.raises(InputError, match="another file"), stored_member(path, mark):
        pytest.fail("it was opened")


@pytest.mark.parametrize("content", [b"", b"#ASDF 1.0.0\n", b"no image", b"#ASDF 1.0.0\n%YAML 1.1\n---\na: 1\n...\n"])
def test_broken_file_is_refused(content, tmp_path):
    path = tmp_path / "m_skymatch.asdf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m_skymatch\.asdf: cannot be read: .*: copy or make it again"):
        StoredImage(path)
