"""epsf_files: Roman's reference files of PSFs."""

from pathlib import Path

import asdf
import numpy as np
import pytest
from psf.epsf_files import OVERSAMPLE, light, width, write_epsf_files
from roman_datamodels import datamodels
from wfimosaic.errors import InputError
from wfimosaic.psf.epsf_files import EpsfFiles, pixel_integrated

from .star_images import ELEMENT, SHAPE

OFFSETS = np.arange(-6, 7.0)


def test_files_are_those_of_the_data_models(epsf):
    with datamodels.open(epsf.replace("*", f"roman_wfi02_{ELEMENT.lower()}")) as model:
        assert isinstance(model, datamodels.EpsfRefModel)
        model.validate()


@pytest.mark.parametrize(("x", "y"), [(0, 0), (40.5, 90), (179, 100), (120, 170)])
def test_a_psf_lies_between_those_of_the_grid(epsf, x, y):
    psf = EpsfFiles(epsf, ELEMENT)("WFI02", x, y)
    expected = light(ELEMENT, width(2, x, y, SHAPE[0]), OFFSETS - 0.3, OFFSETS + 0.45)
    assert np.abs(psf(OFFSETS - 0.3, OFFSETS + 0.45) - expected).max() < 0.003 * expected.max()


def test_beyond_the_grid_it_is_that_of_its_border_and_beyond_the_stamp_nothing(epsf):
    files = EpsfFiles(epsf, ELEMENT)
    assert np.array_equal(files("WFI01", -3, 500)(OFFSETS, OFFSETS), files("WFI01", 0, 179)(OFFSETS, OFFSETS))
    assert files("WFI01", 9, 9)(np.array([0.0, 30.0]), np.array([-12.1, 0.0]))[:, 0].tolist() == [0, 0]
    assert not files("WFI01", 9, 9)(np.array([30.0]), np.array([0.0])).any()


@pytest.mark.parametrize("oversample", [4, 5])
def test_stamps_that_are_not_yet_integrated_over_pixels_are(oversample):
    offset = np.arange(-5 * oversample, 5 * oversample + 1) / oversample
    narrow = np.exp(-2 * (offset[:, None] ** 2 + offset**2))
    samples = narrow / narrow.sum()
    integrated = pixel_integrated(samples, oversample)
    assert integrated.sum() == pytest.approx(oversample**2, rel=1e-3)
    # A Gaussian of 0.5 pixel: erf(0.5 / (0.5 sqrt 2))^2 in the central pixel.
    middle = 5 * oversample
    assert integrated[middle, middle] == pytest.approx(0.6827**2, rel=4e-3)
    assert pixel_integrated(integrated, oversample) is integrated


def changed(epsf, folder, name, change):
    with asdf.open(epsf.replace("*", f"roman_wfi01_{ELEMENT.lower()}"), memmap=False, lazy_load=False) as file:
        tree = {"roman": file["roman"]}
        change(tree["roman"])
        asdf.AsdfFile(tree).write_to(folder / name)
    return str(folder / "*.asdf")


def test_files_of_another_kind_are_said_to_be(epsf, tmp_path):
    with pytest.raises(InputError, match="there is no file of PSFs: take Roman's reference files of the type EPSF"):
        EpsfFiles(str(tmp_path / "*.asdf"), ELEMENT)
    (tmp_path / "folder.asdf").mkdir()
    with pytest.raises(InputError, match=r"is a folder: give its files, as in .*folder\.asdf/\*\.asdf"):
        EpsfFiles(str(tmp_path / "folder.asdf"), ELEMENT)
    with pytest.raises(InputError, match="has no PSF of WFI07 in F106: take"):
        EpsfFiles(epsf, ELEMENT)("WFI07", 9, 9)
    with pytest.raises(InputError, match="has no PSF of WFI01 in F184: take"):
        EpsfFiles(epsf, "F184")("WFI01", 9, 9)

    def irregular(roman):
        roman["meta"]["pixel_x"] = [*roman["meta"]["pixel_x"][:-1], 3.0]

    with pytest.raises(InputError, match=r"a\.asdf: its places .* are no grid"):
        EpsfFiles(changed(epsf, tmp_path, "a.asdf", irregular), ELEMENT)("WFI01", 9, 9)


def test_a_damaged_file_is_named(epsf, tmp_path):
    content = Path(epsf.replace("*", f"roman_wfi01_{ELEMENT.lower()}")).read_bytes()
    (tmp_path / "short.asdf").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"short\.asdf: "):
        EpsfFiles(str(tmp_path / "*.asdf"), ELEMENT)("WFI01", 9, 9)


def test_samples_are_as_fine_as_roman_has_them(tmp_path):
    pattern = write_epsf_files(tmp_path, "F184", [5], 100)
    with asdf.open(pattern.replace("*", "roman_wfi05_f184")) as file:
        assert file["roman"]["meta"]["oversample"] == OVERSAMPLE
        sums = np.asarray(file["roman"]["psf"])[0, 1].sum(axis=(1, 2))
    assert sums == pytest.approx(OVERSAMPLE**2, rel=1e-3)
