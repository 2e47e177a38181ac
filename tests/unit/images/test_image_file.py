"""image_file: what is let in, the units, and files that appear whole."""

import errno
import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from faults.bad_files import add_checksums
from roman_datamodels import datamodels
from wfimosaic.errors import InputError
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.images.calibration import flux_scale, set_step_status, step_status
from wfimosaic.images.image_file import CHUNK, file_hash, input_errors, open_image, save_image
from wfimosaic.images.stored_image import StoredImage

from ..synthetic import image_model, write_cal, write_image


def refused(path):
    with pytest.raises(InputError) as caught, open_image(path):
        pass
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.fixture
def saved(tmp_path):
    """Change a model, save it and give its path."""

    def save(change):
        model = image_model(np.ones((8, 9)))
        change(model)
        save_image(model, tmp_path / "a_cal.asdf")
        return tmp_path / "a_cal.asdf"

    return save


def test_missing_and_unreadable_files_are_named(tmp_path):
    (tmp_path / "text.asdf").write_text("hello")
    (tmp_path / "empty.asdf").write_bytes(b"")
    path = write_image(tmp_path / "whole.asdf", np.ones((50, 50)))
    (tmp_path / "half.asdf").write_bytes(Path(path).read_bytes()[:2000])
    assert "no such file" in refused(tmp_path / "none.asdf")
    assert "is a folder" in refused(tmp_path)
    for name in ("text", "empty", "half"):
        assert "cannot be read as a Roman ASDF file" in refused(tmp_path / f"{name}.asdf")


def test_other_models_are_refused(tmp_path):
    model = datamodels.MosaicModel.create_fake_data(shape=(8, 8))
    model.save(tmp_path / "mosaic.asdf")
    assert "contains a MosaicModel; a Level 2 image" in refused(tmp_path / "mosaic.asdf")


@pytest.mark.parametrize(
    ("kind", "element"),
    [("WFI_SPECTRAL", "GRISM"), ("WFI_FLAT", "F158"), ("WFI_IMAGE", "PRISM"), ("WFI_IMAGE", "GRISM")],
)
def test_other_exposures_than_images_are_refused(saved, kind, element):
    def change(model):
        model.meta["exposure"] |= {"type": kind}
        model.meta["instrument"] |= {"optical_element": element}

    assert f"is {kind} through {element}: only WFI_IMAGE" in refused(saved(change))


@pytest.mark.parametrize("kind", ["WFI_PRISM", "WFI_GRISM"])
def test_prism_and_grism_of_older_schemas_are_refused(tmp_path, kind):
    model = datamodels.ImageModel.create_fake_data(
        shape=(8, 8), tag="asdf://stsci.edu/datamodels/roman/tags/wfi_image-1.4.0"
    )
    model.meta["exposure"] |= {"type": kind}
    save_image(model, tmp_path / "a_cal.asdf")
    assert f"is {kind} through F062: only WFI_IMAGE" in refused(tmp_path / "a_cal.asdf")


def test_arrays_that_do_not_fit_are_refused(saved):
    path = saved(lambda model: model.update({"err": np.ones((8, 8), np.float16)}))
    assert "err is (8, 8) but data is (8, 9)" in refused(path)


def test_half_precision_is_computed_with_in_single(saved):
    path = saved(lambda model: None)
    with open_image(path) as model:
        assert model["err"].dtype == np.float16
    image = StoredImage(str(path))
    assert image.read("err", (slice(2, 4), slice(1, 7))).dtype == np.float32
    assert image.read("dq", (slice(2, 4), slice(1, 7))).shape == (2, 6)
    assert "err" in image
    assert "var_flat" not in image
    image.close()


def scale_of(model, **settings):
    return flux_scale("a_cal.asdf", model, **settings)


def test_flux_scale():
    model = image_model(np.ones((4, 4)))
    assert scale_of(model) == 1
    set_step_status(model, "flux", "INCOMPLETE")
    model.meta["photometry"] |= {"conversion_megajanskys": 0.5}
    assert scale_of(model) == np.float32(0.5)
    assert scale_of(model).dtype == np.float32
    assert scale_of(model, skip=True, counts_allowed=True) == 1
    with pytest.raises(InputError, match=r"a_cal\.asdf: is in DN/s, and flux\.skip is true"):
        scale_of(model, skip=True)
    set_step_status(model, "flux", "COMPLETE")
    assert scale_of(model, skip=True) == 1


@pytest.mark.parametrize("factor", [None, 0.0, -0.3, -999999, float("nan"), float("inf")])
def test_conversions_that_make_no_sense_are_refused(factor):
    model = image_model(np.ones((4, 4)))
    set_step_status(model, "flux", "INCOMPLETE")
    model.meta["photometry"] |= {"conversion_megajanskys": factor}
    with pytest.raises(InputError, match=r"photometry\.conversion_megajanskys is .*: flux needs a positive number"):
        scale_of(model)


def test_steps_can_be_recorded_where_none_are(tmp_path):
    model = datamodels.ImageModel.create_fake_data(shape=(4, 4))
    assert "cal_step" not in model.meta
    assert step_status(model, "flux") == "INCOMPLETE"
    set_step_status(model, "skymatch", "SKIPPED")
    assert (step_status(model, "flux"), step_status(model, "skymatch")) == ("INCOMPLETE", "SKIPPED")
    save_image(model, tmp_path / "a.asdf")


def test_saved_image_is_valid_named_and_can_be_mapped(tmp_path):
    save_image(image_model(np.arange(72.0).reshape(8, 9)), tmp_path / "deep" / "m_skymatch.asdf")
    with datamodels.open(tmp_path / "deep" / "m_skymatch.asdf") as model:
        assert model.validate() is None
        assert model.meta.filename == "m_skymatch.asdf"
        np.testing.assert_array_equal(model.data, np.arange(72, dtype=np.float32).reshape(8, 9))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["m_skymatch.asdf"]


def test_image_that_breaks_the_schema_is_not_written(tmp_path):
    model = image_model(np.ones((4, 4)))
    set_step_status(model, "flux", "MAYBE")
    with pytest.raises(Exception, match="MAYBE"):
        save_image(model, tmp_path / "a.asdf")
    assert list(tmp_path.iterdir()) == []


def damage(path, old, new):
    """Replace bytes of a file."""
    content = Path(path).read_bytes()
    assert old in content
    Path(path).write_bytes(content.replace(old, new, 1))
    return path


def refused_when_it_enters(path):
    with pytest.raises(InputError) as caught:
        read_member_header(str(path), "a")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ["meta", "photometry", "exposure", "instrument", "wcs", "data", "var_poisson"])
def test_what_the_tree_lacks_is_named(tmp_path, name):
    path = damage(write_cal(tmp_path / "a_cal.asdf"), f"  {name}:".encode(), f"  q{name[1:]}:".encode())
    message = refused_when_it_enters(path)
    assert f"breaks the Roman schema: '{name}' is a required property: copy or calibrate it again" in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"intervals:", b"intervalr:"),
        (b"forward:", b"fosward:"),
        (b"!transform/affine-1", b"!transform/agfine-1"),
        (b"!time/time-1.4.0 20", b"!time/time-1.4.0 2O"),
        (b"!time/time-1.4.0 20", b"!time/time-1.0.0 20"),
    ],
)
def test_metadata_that_are_no_objects_are_refused(tmp_path, old, new):
    message = refused_when_it_enters(damage(write_cal(tmp_path / "a_cal.asdf"), old, new))
    assert "its metadata are damaged: " in message or "breaks the Roman schema: " in message
    assert message.endswith(": copy or calibrate it again")


NEWER = {
    "image": (rb"roman/tags/wfi_image-[0-9.]+", b"roman/tags/wfi_image-9.0.0", "roman_datamodels"),
    "wcs": (rb"gwcs/wcs-[0-9.]+", b"gwcs/wcs-1.9.0", "gwcs"),
    "frame": (rb"gwcs/celestial_frame-[0-9.]+", b"gwcs/celestial_frame-2.0.0", "gwcs"),
    "transform": (rb"transform/polynomial-[0-9.]+", b"transform/polynomial-1.10.0", "asdf-astropy"),
    "time": (rb"time/time-[0-9.]+", b"time/time-2.0.0", "asdf-astropy"),
}


@pytest.mark.parametrize("case", NEWER)
def test_file_of_a_newer_schema_is_no_damaged_one(case, tmp_path):
    old, new, package = NEWER[case]
    path = Path(write_cal(tmp_path / "a_cal.asdf"))
    changed, count = re.subn(old, new, path.read_bytes())
    assert count
    path.write_bytes(changed)
    message = refused_when_it_enters(path)
    schema = new.decode().rpartition("/")[2]
    assert f"was written with the newer schema {schema}; the installed {package} {version(package)}" in message
    assert f": upgrade {package}" in message and "again" not in message


def test_damaged_coefficients_of_a_wcs_are_refused_and_no_pixel_is_read(tmp_path):
    path = Path(write_cal(tmp_path / "a_cal.asdf"))
    add_checksums(path)
    content = path.read_bytes()
    # The WCS's arrays come first, those of the detector last.
    for position in (content.index(b"\xd3BLK") + 60, content.rindex(b"\xd3BLK") + 60):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        if position < len(content) // 2:
            assert "does not match its checksum" in refused_when_it_enters(path)
    assert read_member_header(str(path), "a").shape == (60, 60)


@pytest.mark.parametrize("lack", [MemoryError(), OSError(errno.EMFILE, "Too many open files")])
def test_what_the_machine_lacks_is_not_blamed_on_a_file(lack):
    with pytest.raises(type(lack)), input_errors("a_cal.asdf", "is damaged", "copy it again"):
        raise lack


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 17])
def test_hash_is_of_all_bytes(tmp_path, size):
    content = np.random.default_rng(size).bytes(size)
    (tmp_path / "a_cal.asdf").write_bytes(content)
    assert file_hash(tmp_path / "a_cal.asdf") == hashlib.sha256(content).hexdigest()
