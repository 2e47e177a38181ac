"""binning: large images become small, and do not stay in memory."""

from pathlib import Path

import numpy as np
import pytest
from wfimosaic.files.strips import release_pages
from wfimosaic.pictures.binning import binned, sampled, step_for
from wfimosaic.report.list_members import covered_by_each


def test_binned_averages_what_is_finite():
    image = np.arange(35, dtype=np.float32).reshape(5, 7)
    image[0, 0] = np.nan
    image[2:4, 4:6] = np.nan
    small = binned(image, 2)
    assert small.shape == (2, 3)
    assert small[0, 0] == pytest.approx((1 + 7 + 8) / 3) and small[0, 1] == pytest.approx((2 + 3 + 9 + 10) / 4)
    assert np.isnan(small[1, 2])
    np.testing.assert_array_equal(binned(image, 1), image)


def test_sampled_takes_the_middle():
    image = np.arange(9 * 11).reshape(9, 11)
    np.testing.assert_array_equal(sampled(image, 3), image[1::3, 1::3][:3, :3])
    assert [step_for((10, 30), most) for most in (30, 29, 10, 7)] == [1, 2, 3, 5]


def mapped_megabytes():
    """What this process holds of mapped files [MB]."""
    lines = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssFile"].split()[0]) / 1000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell what a process holds")
@pytest.mark.parametrize(
    "read",
    [
        lambda planes: binned(planes[0].view(np.float32), 8),
        lambda planes: sampled(planes[1], 8),
        lambda planes: covered_by_each(planes, 64),
    ],
    ids=["binned", "sampled", "covered_by_each"],
)
def test_large_mosaics_do_not_stay_in_memory(read, tmp_path, monkeypatch):
    np.save(tmp_path / "planes.npy", np.ones((2, 4000, 4000), np.uint32))
    planes = np.asarray(np.load(tmp_path / "planes.npy", mmap_mode="r"))
    held = []
    monkeypatch.setattr(
        "wfimosaic.pictures.binning.release_pages",
        lambda array: (held.append(mapped_megabytes()), release_pages(array)),
    )
    before = mapped_megabytes()
    read(planes)
    assert max(held) - before < 10
