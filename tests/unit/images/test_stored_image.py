"""stored_image: images are opened without what they do not need, and nothing of them is lost."""

import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.errors import InputError
from wfimosaic.files.fingerprint import fingerprint
from wfimosaic.images.stored_image import StoredImage, stored_member


def saved_again(path, output, **meta):
    image = StoredImage(path)
    names = ("data", "dq", "err", "var_poisson")
    with image.saved_as(output, {name: image[name].dtype for name in names}) as file:
        for name in names:
            file.write(name, 0, image[name])
        file.arrays["dq"][...] |= 128
        image.meta.update(meta)
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
    with image.saved_as(tmp_path / "a.asdf", {"data": np.float32}):
        pass
    image.close()
    again = StoredImage(tmp_path / "a.asdf")
    assert (str(again.meta["filename"]), again.meta["filename"]._tag) == ("a.asdf", tag)


def test_jobs_on_one_member_import_neither_data_models_nor_wcs(simulated, finished_product, tmp_path):
    stem, done = finished_product.stems[0], finished_product
    scaled, flagged = str(tmp_path / f"{stem}_skymatch.asdf"), str(tmp_path / f"{stem}_outlier_detection.asdf")
    code = f"""
import sys
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.sky.subtract_sky import subtract_sky
subtract_sky({simulated.paths[0]!r}, {done.sky!r}, {scaled!r}, {stem!r})
flag_outliers({scaled!r}, {flagged!r}, {stem!r}, outliers=[{done.outliers!r}])
print([name for name in ("astropy", "gwcs", "roman_datamodels", "scipy") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    with datamodels.open(flagged) as one, datamodels.open(done.members[0]) as other:
        one.validate()
        assert np.array_equal(one.dq, other.dq) and (one.dq & 128).any()


def test_sky_and_median_know_no_data_models_and_the_median_keeps_its_wcs(finished_product, tmp_path):
    done = finished_product
    code = f"""
import sys
from wfimosaic.outliers.make_median import make_median
from wfimosaic.sky.match_sky import match_sky
match_sky({done.outlier_grid!r}, {str(tmp_path / "sky.json")!r})
make_median({done.members!r}, {done.outlier_grid!r}, {str(tmp_path / "median.asdf")!r})
print([name for name in ("gwcs", "roman_datamodels") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    with asdf.open(tmp_path / "median.asdf") as median, asdf.open(done.outlier_grid) as grid:
        assert median["wcs"](10.0, 20.0) == grid["wcs"](10.0, 20.0)


def test_file_is_not_blamed_for_what_the_machine_lacks(simulated):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    StoredImage(simulated.paths[0]).close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            StoredImage(simulated.paths[0])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_member_that_was_replaced_is_refused_before_and_after(simulated, tmp_path):
    path = str(tmp_path / "m_cal.asdf")
    shutil.copy(simulated.paths[0], path)
    mark = fingerprint(path)
    with stored_member(path, mark) as image:
        assert image.meta["telescope"] == "ROMAN"
    with pytest.raises(InputError, match="has changed since the grid was defined"), stored_member(path, mark):
        shutil.copy(simulated.paths[1], path)
    with pytest.raises(InputError, match="has changed"), stored_member(path, mark):
        pytest.fail("it was opened")


@pytest.mark.parametrize("content", [b"", b"#ASDF 1.0.0\n", b"no image", b"#ASDF 1.0.0\n%YAML 1.1\n---\na: 1\n...\n"])
def test_broken_file_is_refused(content, tmp_path):
    path = tmp_path / "m_skymatch.asdf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m_skymatch\.asdf: cannot be read: .*: copy or make it again"):
        StoredImage(path)


def resident_size(path):
    """Memory that a mapped file takes of this process [kB]."""
    maps = Path("/proc/self/smaps").read_text()
    return sum(int(size) for size in re.findall(rf"{re.escape(str(path))}\n(?:\w+:.*\n)*?Rss: +(\d+) kB", maps))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much of a map is resident")
def test_pixels_that_were_read_do_not_count_as_memory(simulated):
    image = StoredImage(simulated.paths[0])
    for name in ("data", "dq", "err", "var_poisson"):
        rows = image.read(name, (slice(10, 20), slice(None)))
        assert np.array_equal(rows, image.read(name)[10:20], equal_nan=True)
    size = resident_size(simulated.paths[0])
    image.close()
    assert size < 100


def test_many_images_may_be_open_where_the_system_allows_few_files(simulated):
    code = f"""
import resource
from wfimosaic.images.stored_image import OPEN_IMAGES, StoredImage, stored_image
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (60, most))
stored_image({str(simulated.paths[0])!r})
images = [StoredImage({str(simulated.paths[0])!r}) for _ in range(OPEN_IMAGES)]
[image.read("data", (slice(0, 1), slice(0, 1))) for image in images]
"""
    subprocess.run([sys.executable, "-c", code], check=True)
