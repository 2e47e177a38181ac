"""subtract_sky: units, variances and levels of the `_skymatch` files."""

import logging

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.errors import InputError
from wfimosaic.images.calibration import set_step_status, step_status
from wfimosaic.images.image_file import file_hash, open_image, save_image
from wfimosaic.images.sky_noise import measure_sky_noise
from wfimosaic.images.stored_image import StoredImage
from wfimosaic.images.weights import weighted_part
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import CONVERSION, simulate_image
from wfimosaic.sky.read_noise import read_noise_variance
from wfimosaic.sky.sky_record import SkyLevel, SkyRecord, write_sky_record
from wfimosaic.sky.subtract_sky import subtract_sky, usable_pixels, why_unusable

from ..synthetic import write_cal


def f4(*values):
    return np.array(values, np.float32)


def test_read_noise_is_what_is_left_of_the_error():
    found = read_noise_variance(f4(2, 3), f4(1, 2), var_flat=f4(0.5, 1), var_dark=f4(0.25, 1))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, f4(2.25, 5))


def test_read_noise_of_the_file_takes_precedence_over_the_rest():
    np.testing.assert_array_equal(read_noise_variance(f4(2, 3), f4(1, 2), f4(7, 8)), f4(7, 8))


@pytest.mark.parametrize("given", [True, False])
def test_read_noise_that_makes_no_sense_becomes_the_typical_one(given):
    rest = f4(1, -2, 3, np.nan, 0, np.inf, 8)
    arrays = {"err": np.full(7, 4, np.float32), "var_poisson": 16 - rest}
    found = read_noise_variance(**arrays, **({"var_rnoise": rest} if given else {}))
    np.testing.assert_array_equal(found, f4(1, 3, 3, 3, 3, 3, 8))


def test_read_noise_without_any_sense_stays_unknown():
    assert np.isnan(read_noise_variance(f4(1, 1), f4(2, 2))).all()


def test_bright_cores_get_the_typical_read_noise():
    """From float16 the read noise of bright pixels comes out as rounding alone: negative, nothing, or a thousandth."""
    rate = np.full((100, 100), 0.3)
    rate[40:60, 40:60] = np.geomspace(10, 3000, 400).reshape(20, 20)
    noise = 0.02**2 * np.random.default_rng(0).uniform(0.9, 1.1, rate.shape)
    err, poisson = np.sqrt(rate / 278 + noise).astype(np.float16), (rate / 278).astype(np.float16)
    err, poisson = err.astype(np.float32), poisson.astype(np.float32)
    rest = err**2 - poisson
    assert (rest <= 0).sum() > 50
    assert (rest[rest > 0] < 0.02**2 / 10).any()
    found = read_noise_variance(err, poisson, precision=2.0**-10)
    np.testing.assert_array_equal(found[rate == 0.3], rest[rate == 0.3])
    np.testing.assert_allclose(found, 0.02**2, rtol=0.12)
    # The numbers of older files are precise enough.
    np.testing.assert_array_equal(
        read_noise_variance(err, poisson, precision=2.0**-23), np.where(rest > 0, rest, np.median(rest[rest > 0]))
    )


def sky_file(path, level, status="COMPLETE"):
    write_sky_record(SkyRecord("match", {"m": SkyLevel(None, level, status, error=0.03125)}, [], {}), path)
    return path


def arrays_of(path, names=("data", "err", "var_poisson", "var_rnoise")):
    with open_image(path) as model:
        return {name: np.array(model[name], np.float32) for name in names}


@pytest.fixture(scope="module")
def cal(tmp_path_factory):
    """A member in DN/s with float32 variances of all kinds and one pixel that is not finite."""
    model, _ = simulate_image(
        make_scene(10, 10, 3, 5, 5),
        (10, 10, 0),
        shape=(50, 60),
        read_noise_array=True,
        tag="asdf://stsci.edu/datamodels/roman/tags/wfi_image-1.4.0",
    )
    model["data"][3, 3] = np.nan
    model["var_flat"] = np.full((50, 60), 2e-5, np.float32)
    path = tmp_path_factory.mktemp("cal") / "m_cal.asdf"
    save_image(model, path)
    return str(path)


def test_arrays_are_scaled_and_the_level_is_subtracted(cal, tmp_path):
    names = ("data", "err", "var_poisson", "var_rnoise", "var_flat")
    subtract_sky(cal, sky_file(tmp_path / "sky.json", 0.125), tmp_path / "out.asdf", "m")
    before, after = arrays_of(cal, names), arrays_of(tmp_path / "out.asdf", names)
    scale = np.float32(CONVERSION)
    np.testing.assert_array_equal(after["data"], before["data"] * scale - np.float32(0.125))
    np.testing.assert_array_equal(after["err"], before["err"] * scale)
    for name in names[2:]:
        np.testing.assert_array_equal(after[name], before[name] * scale**2)
    with open_image(tmp_path / "out.asdf") as model:
        assert model.meta.background == {"level": 0.125, "method": "match", "subtracted": True, "error": 0.03125}
        assert (step_status(model, "flux"), step_status(model, "skymatch")) == ("COMPLETE", "COMPLETE")
        assert model.meta.wfimosaic.sha256 == file_hash(cal)
        assert model["data"].dtype == np.float32
        assert model.validate() is None


def test_noise_of_empty_sky_is_recorded_in_the_new_units(cal, tmp_path):
    subtract_sky(cal, sky_file(tmp_path / "sky.json", 0.125), tmp_path / "out.asdf", "m")
    with open_image(cal) as model:
        sky_noise = measure_sky_noise(*(np.array(model[name]) for name in ("data", "dq", "err")))
    image = StoredImage(str(tmp_path / "out.asdf"))
    np.testing.assert_array_equal(image.meta["wfimosaic"]["sky_noise"], sky_noise * np.float32(CONVERSION) ** 2)
    image.close()


def test_member_without_errors_is_left_out(cal, tmp_path, caplog):
    with open_image(cal) as model:
        model["err"] = 0 * np.array(model["err"])
        save_image(model, tmp_path / "m_cal.asdf")
    with caplog.at_level(logging.WARNING):
        subtract_sky(tmp_path / "m_cal.asdf", sky_file(tmp_path / "s.json", 0.0), tmp_path / "out.asdf", "m")
    assert "none of its good pixels has variances that make sense" in caplog.text
    assert np.isnan(arrays_of(tmp_path / "out.asdf")["data"]).all()


@pytest.mark.parametrize(("subtract", "status"), [(False, "COMPLETE"), (True, "SKIPPED")])
def test_level_that_is_not_subtracted_stands_in_the_metadata(cal, tmp_path, subtract, status):
    sky = sky_file(tmp_path / "sky.json", 0.5 if status == "COMPLETE" else 0.0, status)
    subtract_sky(cal, sky, tmp_path / "out.asdf", "m", skymethod="global", subtract=subtract)
    np.testing.assert_array_equal(
        arrays_of(tmp_path / "out.asdf")["data"], arrays_of(cal)["data"] * np.float32(CONVERSION)
    )
    with open_image(tmp_path / "out.asdf") as model:
        assert model.meta.background.subtracted is False
        assert model.meta.background.method == "global"
        assert step_status(model, "skymatch") == status


def test_what_is_still_to_be_subtracted_is_known_to_later_steps(cal, tmp_path):
    sky = sky_file(tmp_path / "sky.json", 0.5)
    levels = []
    for subtract in (True, False):
        subtract_sky(cal, sky, tmp_path / "out.asdf", "m", subtract=subtract)
        image = StoredImage(str(tmp_path / "out.asdf"))
        levels.append((image.sky.at(0, 0), image.full_sky.at(0, 0), image.read("data")[0, 0] - image.sky.at(0, 0)))
        image.close()
    assert levels[0][:2] == (0, 0.5)
    assert levels[1][:2] == (0.5, 0.5)
    assert levels[0][2] == levels[1][2]


def test_gradients_are_subtracted_or_noted_for_all_later_steps(cal, tmp_path):
    level = SkyLevel(None, 0.125, "COMPLETE", 0.03, 1, slope=(0.01, -0.02), slope_error=(0.001, 0.002))
    write_sky_record(SkyRecord("match", {"m": level}, [], {}), tmp_path / "sky.json")
    parts = []
    for subtract in (True, False):
        path = tmp_path / f"{subtract}.asdf"
        subtract_sky(cal, tmp_path / "sky.json", path, "m", subtract=subtract)
        image = StoredImage(path)
        assert image.full_sky.slope == (0.01, -0.02)
        parts.append(weighted_part(image, (slice(3, 30), slice(5, 50)), "ivm", "~DO_NOT_USE")[0])
        image.close()
    np.testing.assert_array_equal(*parts)
    before, after = (arrays_of(path)["data"] for path in (cal, tmp_path / "True.asdf"))
    ny, nx = before.shape
    y, x = np.mgrid[:ny, :nx]
    plane = 0.125 + 0.01 * ((x + 0.5) / (nx / 2) - 1) - 0.02 * ((y + 0.5) / (ny / 2) - 1)
    np.testing.assert_allclose(after, before * np.float32(CONVERSION) - plane, rtol=1e-6, atol=1e-6)
    with open_image(tmp_path / "True.asdf") as model:
        assert list(model.meta.background.slope_error) == [0.001, 0.002]
        assert model.validate() is None


def test_background_images_are_subtracted_in_the_members_units_and_recorded(cal, tmp_path):
    before = arrays_of(cal)["data"]
    background = np.linspace(0, 1, before.size, dtype=np.float32).reshape(before.shape)
    asdf.AsdfFile({"data": background}).write_to(tmp_path / "b.asdf")
    sky = sky_file(tmp_path / "sky.json", 0.125)
    subtract_sky(cal, sky, tmp_path / "out.asdf", "m", background=str(tmp_path / "b.asdf"))
    expected = (before - background) * np.float32(CONVERSION) - np.float32(0.125)
    np.testing.assert_array_equal(arrays_of(tmp_path / "out.asdf")["data"], expected)
    with open_image(tmp_path / "out.asdf") as model:
        assert dict(model.meta.wfimosaic.background_image) == {
            "path": str(tmp_path / "b.asdf"),
            "sha256": file_hash(tmp_path / "b.asdf"),
        }


def test_levels_of_the_user_are_subtracted_under_a_name_that_the_schema_has(cal, tmp_path):
    sky = sky_file(tmp_path / "sky.json", 0.25)
    subtract_sky(cal, sky, tmp_path / "out.asdf", "m", skymethod="user")
    with open_image(tmp_path / "out.asdf") as model:
        assert dict(model.meta.background) | {"error": 0} == {
            "level": 0.25,
            "method": "None",
            "subtracted": True,
            "error": 0,
        }
        assert model.validate() is None
    with pytest.raises(InputError, match=r"out\.asdf: its sky is subtracted already"):
        subtract_sky(tmp_path / "out.asdf", sky, tmp_path / "again.asdf", "m", skymethod="user")


def test_skip_leaves_no_background(cal, tmp_path):
    sky = sky_file(tmp_path / "sky.json", 0.0, "SKIPPED")
    subtract_sky(cal, sky, tmp_path / "out.asdf", "m", skip=True)
    with open_image(tmp_path / "out.asdf") as model:
        assert step_status(model, "skymatch") == "SKIPPED"
        assert step_status(model, "flux") == "COMPLETE"
        assert "background" not in model.meta or model.meta.background.get("level") in (None, -999999)


def test_skipped_flux_leaves_the_units(cal, tmp_path):
    sky = sky_file(tmp_path / "sky.json", 0.0)
    subtract_sky(cal, sky, tmp_path / "out.asdf", "m", flux_skip=True, counts_allowed=True)
    np.testing.assert_array_equal(arrays_of(tmp_path / "out.asdf")["data"], arrays_of(cal)["data"])
    with open_image(tmp_path / "out.asdf") as model:
        assert step_status(model, "flux") == "SKIPPED"


def test_new_files_get_an_explicit_read_noise(simulated, matched):
    with open_image(simulated.paths[0]) as model:
        assert "var_rnoise" not in model
    with open_image(matched.paths[0]) as model:
        read_noise = np.array(model["var_rnoise"], np.float32)
        assert model["var_rnoise"].dtype == model["err"].dtype == np.float16
        assert model.validate() is None
    assert (read_noise > 0).all()
    assert np.median(read_noise) == pytest.approx((0.02 * CONVERSION) ** 2, rel=0.2)


def test_values_beyond_half_precision_become_its_largest(tmp_path):
    path = write_cal(tmp_path / "m_cal.asdf", sky=1.0)
    model = datamodels.open(path, memmap=False)
    model["err"][0, 0] = 60000
    model.meta["photometry"] |= {"conversion_megajanskys": 2.0}
    set_step_status(model, "flux", "INCOMPLETE")
    save_image(model, path)
    model.close()
    subtract_sky(path, sky_file(tmp_path / "sky.json", 0.0), tmp_path / "out.asdf", "m")
    after = arrays_of(tmp_path / "out.asdf")
    assert after["err"][0, 0] == np.finfo(np.float16).max
    assert np.isfinite(after["var_rnoise"]).all()


def test_positive_variance_never_becomes_zero_in_half_precision(tmp_path):
    path, least = write_cal(tmp_path / "m_cal.asdf", sky=1.0), np.finfo(np.float16).smallest_subnormal
    model = datamodels.open(path, memmap=False)
    model["var_poisson"][0, :5] = np.arange(5, dtype=np.float16) * least
    model.meta["photometry"] |= {"conversion_megajanskys": 0.5}
    set_step_status(model, "flux", "INCOMPLETE")
    save_image(model, path)
    model.close()
    subtract_sky(path, sky_file(tmp_path / "sky.json", 0.0), tmp_path / "out.asdf", "m")
    # A quarter, a half (which rounding makes 0) and three quarters of the smallest number, and that itself.
    assert arrays_of(tmp_path / "out.asdf")["var_poisson"][0, :5].tolist() == [0, least, least, least, least]


def test_read_noise_too_small_for_half_precision_is_warned_of(tmp_path, caplog):
    model, _ = simulate_image(make_scene(10, 10, 1, 0, 0), (10, 10, 0), shape=(40, 40), read_noise_array=True)
    model["var_rnoise"][:] = np.float16(5e-6)
    save_image(model, tmp_path / "m_cal.asdf")
    with caplog.at_level(logging.WARNING):
        subtract_sky(tmp_path / "m_cal.asdf", sky_file(tmp_path / "s.json", 0.0), tmp_path / "out.asdf", "m")
    assert "var_rnoise is so small, 3e-06, that float16 rounds it by up to 1 %" in caplog.text


@pytest.mark.parametrize("tag", ["1.4.0", None])
@pytest.mark.parametrize(
    ("conversion", "limit"),
    [(0.02, None), (50.0, None), (1e-2, "float16"), (1e5, "float16"), (1e-20, "float32"), (1e21, "float32")],
)
def test_units_in_which_errors_cannot_be_stored_are_refused(tmp_path, tag, conversion, limit, caplog):
    settings = {} if tag is None else {"tag": f"asdf://stsci.edu/datamodels/roman/tags/wfi_image-{tag}"}
    model, _ = simulate_image(make_scene(10, 10, 1, 0, 0), (10, 10, 0), shape=(40, 40), **settings)
    model.meta["photometry"] |= {"conversion_megajanskys": conversion}
    save_image(model, tmp_path / "m_cal.asdf")
    words = ("m_cal.asdf", sky_file(tmp_path / "s.json", 0.0), tmp_path / "out.asdf", "m")
    if limit is None or (limit == "float16" and tag):
        subtract_sky(str(tmp_path / words[0]), *words[1:])
        given = np.median(np.array(model["err"], float))
        assert np.median(arrays_of(words[2])["err"].astype(float)) == pytest.approx(conversion * given, rel=0.01)
        return
    with pytest.raises(
        InputError, match=r"m_cal\.asdf: its \w+ is typically .* check photometry\.conversion_megajanskys"
    ):
        subtract_sky(str(tmp_path / words[0]), *words[1:])


GOOD = np.ones((2, 2), np.float32)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"data": GOOD * np.nan}, "flagged DO_NOT_USE or not finite"),
        ({"dq": np.ones((2, 2), np.uint32)}, "flagged DO_NOT_USE or not finite"),
        ({"var_rnoise": GOOD * np.nan}, "none of its good pixels has variances that make sense"),
        ({"data": GOOD * 0}, "exactly 0"),
        ({"data": np.array([[0, 0], [0, 1]], np.float32)}, None),
    ],
)
def test_member_is_bad_only_if_no_pixel_is_usable(changes, reason):
    arrays = {"data": GOOD, "dq": np.zeros((2, 2), np.uint32), "var_rnoise": GOOD} | changes
    result = why_unusable(usable_pixels(**arrays))
    assert result is None if reason is None else reason in result


def test_negative_variance_says_nothing_of_the_read_noise():
    assert np.isnan(read_noise_variance(err=GOOD, var_poisson=-GOOD)).all()
    assert np.isnan(read_noise_variance(err=GOOD, var_poisson=GOOD / 2, var_flat=-GOOD)).all()


def test_arrays_that_no_step_uses_are_empty_and_the_image_is_valid(tmp_path):
    path, output = write_cal(tmp_path / "m_cal.asdf", shape=(60, 50)), tmp_path / "m_skymatch.asdf"
    subtract_sky(str(path), sky_file(tmp_path / "sky.json", 0.0), output, "m")
    with datamodels.open(path) as before, datamodels.open(output) as after:
        after.validate()
        assert isinstance(after, datamodels.ImageModel)
        names = [name for name in before if name != "meta"]
        assert {"amp33", "border_ref_pix_left", "chisq"} < set(names)
        sizes = {name: after[name].size for name in names}
        for name in names:
            assert (after[name].dtype, after[name].ndim) == (before[name].dtype, before[name].ndim)
    kept = {"data", "dq", "err", "var_poisson", "var_rnoise", "var_flat"}
    assert {name for name, size in sizes.items() if size} <= kept
    # With the metadata: no copy of an emptied array is in the file.
    assert output.stat().st_size < 60 * 50 * 16 + 40_000
