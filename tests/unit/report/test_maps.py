"""What the report's maps show: exposures, time, depth, outliers, and where."""

from pathlib import Path

import asdf
import numpy as np
import pytest
from roman_datamodels.dqflags import pixel
from wfimosaic.files.strips import release_pages
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.stored_image import stored_image
from wfimosaic.pictures.binning import binned, sampled, step_for
from wfimosaic.pictures.coverage import exposures_and_time
from wfimosaic.report.count_flags import count_flags
from wfimosaic.report.flag_counts import read_flag_counts
from wfimosaic.report.list_members import covered_by_each
from wfimosaic.report.point_source import DETECTOR_PIXEL, MIRROR, OBSCURATION, depth, noise_pixels


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


def test_detectors_of_an_exposure_count_once():
    # Pixels: nothing; members 0 and 1 of one exposure; member 0 and member 33 in the second plane.
    context = np.array([[[0, 0b11, 0b1]], [[0, 0, 0b10]]], np.uint32)
    seconds = np.zeros(34)
    seconds[[0, 1, 33]] = 100, 20, 3
    seconds[5] = np.nan  # fell nowhere
    count, time = exposures_and_time(context, [[0, 1], [33], *([k] for k in range(2, 33))], seconds)
    np.testing.assert_array_equal(count, [[np.nan, 1, 2]])
    np.testing.assert_array_equal(time, [[np.nan, 120, 103]])
    np.testing.assert_allclose(covered_by_each(context, 34)[[0, 1, 2, 33]], [1, 0.5, 0, 0.5])


def test_exposure_time_map_agrees_with_the_mosaic(finished_product):
    groups = read_grid(finished_product.grid).groups().values()
    with asdf.open(finished_product.mosaic) as file:
        meta, context = file["roman"]["meta"], np.array(file["roman"]["context"])
        seconds = meta["individual_image_meta"]["exposure"]["effective_exposure_time"]
        _, time = exposures_and_time(context, groups, seconds)
        assert np.nanmax(time) == pytest.approx(meta["coadd_info"]["max_exposure_time"])
        assert np.nanmean(time) == pytest.approx(meta["coadd_info"]["exposure_time"], rel=1e-5)


def test_noise_pixels_are_those_of_a_sampled_psf():
    # A finely sampled diffraction image, cut into pixels at random places: sum(P**2) of each.
    wavelength, fine, size = 1.58e-6, 8, 1024
    step = np.radians(DETECTOR_PIXEL / 3600) / fine
    radius = MIRROR / 2 / (wavelength / (size * step))
    edge = np.arange(size) - size // 2
    distance = np.hypot(*np.meshgrid(edge, edge)) / radius
    mirror = (distance <= 1) & (distance >= OBSCURATION)
    image = np.fft.fftshift(np.abs(np.fft.fft2(mirror)) ** 2)
    image /= image.sum()
    sums = []
    for dy in range(fine):
        for dx in range(fine):
            shifted = np.roll(image, (dy, dx), (0, 1))
            pixels = shifted.reshape(size // fine, fine, size // fine, fine).sum(axis=(1, 3))
            sums.append((pixels**2).sum())
    assert noise_pixels(wavelength) == pytest.approx(1 / np.mean(sums), rel=0.02)


def test_depth_of_a_known_noise():
    # Independent pixels of 0.11 arcsec: the error of a flux is err times the root of the noise pixels.
    err = np.array([0.02, 0.01, np.nan], np.float32)
    area = np.radians(0.11 / 3600) ** 2
    flux = 5 * 0.02e6 * area * np.sqrt(noise_pixels(1.58e-6))
    found = depth(err, 0.11, "F158")
    assert found[0] == pytest.approx(-2.5 * np.log10(flux / 3631), abs=0.002)
    assert found[1] - found[0] == pytest.approx(2.5 * np.log10(2), abs=1e-4) and np.isnan(found[2])
    # Smaller pixels of the same exposures have larger errors, and the same depth.
    assert depth(2 * err, 0.055, "F158")[0] == pytest.approx(found[0], abs=1e-4)


def test_flags_are_counted_where_they_lie(finished_product, tmp_path):
    grid = read_grid(finished_product.grid)
    count_flags(finished_product.members, finished_product.grid, tmp_path / "flags.asdf", workers=2)
    counts = read_flag_counts(tmp_path / "flags.asdf")
    expected = np.zeros_like(counts.outliers)
    for member, path, count in zip(grid.members, finished_product.members, counts.members, strict=True):
        dq = stored_image(path).read("dq")
        flagged = dq & pixel.OUTLIER != 0
        assert count.stem == member.stem and count.pixels == dq.size
        assert count.outliers == flagged.sum() == count.flags["OUTLIER"] > 0
        assert count.other_bad == ((dq & pixel.DO_NOT_USE != 0) & ~flagged).sum()
        for row, column in np.argwhere(flagged):
            x, y = member.pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
            expected[int(np.floor((y + 0.5) / counts.step)), int(np.floor((x + 0.5) / counts.step))] += 1
    np.testing.assert_array_equal(counts.outliers, expected)
    assert counts.pixels.sum() == pytest.approx(sum(count.pixels for count in counts.members), rel=0.02)
