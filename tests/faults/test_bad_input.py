"""Bad members, odd fields and settings at their limits: one clear line, or a mosaic that is right."""

import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import asdf
import numpy as np
import pytest
from astropy.modeling import models
from unit.synthetic import write_cal
from wfimosaic.errors import InputError
from wfimosaic.grid.tangent_plane import tangent_plane

from .bad_files import (
    break_wcs,
    cut,
    point,
    remove_wcs,
    replace,
    shorten,
    spoil,
    update,
    write_level1,
    write_mosaic,
    write_tree,
)
from .chain import make_product
from .conftest import told


def change(function):
    """A case that rewrites the file after a change of its model."""
    return lambda path: spoil(path, function)


def flip_in_the_middle(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def misspell(name):
    """A case in which the first letter of a key is another one."""
    return lambda path: path.write_bytes(path.read_bytes().replace(b"  %s:" % name, b"  _%s:" % name[1:], 1))


NO_ASDF = ("cannot be read as a Roman ASDF file", "copy or calibrate it again")
TRUNCATED = ("is truncated: copy it again",)
DAMAGED = ("breaks the Roman schema", "is a required property", "copy or calibrate it again")
CONVERSION = ("conversion_megajanskys is", "calibrate it again")

# What is wrong with the second of three members, and what must be said besides its name.
REFUSED = {
    "missing": (lambda path: path.unlink(), ("no such file", "check")),
    "folder": (lambda path: (path.unlink(), path.mkdir()), ("is a folder, not a file", "check")),
    "empty": (lambda path: path.write_bytes(b""), NO_ASDF),
    "text": (lambda path: path.write_text("hello" * 1000), NO_ASDF),
    "cut at 1 %": (lambda path: cut(path, 0.01), NO_ASDF),
    "cut at 50 %": (lambda path: cut(path, 0.5), TRUNCATED),
    "cut in the last block": (lambda path: cut(path, 0.98), TRUNCATED),
    "a bit flipped": (flip_in_the_middle, ("does not match its checksum", "copy it again")),
    "plain tree": (write_tree, NO_ASDF),
    "mosaic": (write_mosaic, ("contains a MosaicModel", "is needed")),
    "Level 1": (write_level1, ("contains a ScienceRawModel", "is needed")),
    "grism": (change(update("instrument", optical_element="GRISM")), ("GRISM", "only WFI_IMAGE")),
    "prism": (change(update("instrument", optical_element="PRISM")), ("PRISM", "only WFI_IMAGE")),
    "no WCS": (change(remove_wcs), ("has no WCS", "run assign_wcs on it")),
    "WCS gives NaN": (change(break_wcs), ("not finite", "assign it a new one")),
    "shapes differ": (change(shorten), ("err is (95, 96) but data is (96, 96)", "calibrate it again")),
    "metadata damaged": (misspell(b"exposure"), DAMAGED),
    "conversion missing": (misspell(b"photometry"), DAMAGED),
    "WCS damaged": (misspell(b"forward"), DAMAGED),
    "no conversion": (change(update("photometry", conversion_megajanskys=None)), CONVERSION),
    "conversion NaN": (change(update("photometry", conversion_megajanskys=float("nan"))), CONVERSION),
    "conversion negative": (change(update("photometry", conversion_megajanskys=-0.5)), CONVERSION),
    "other filter": (change(update("instrument", optical_element="F062")), ("F062", "one product for each filter")),
    "8 degrees away": (change(point(285.0, 60.0)), ("gigapixels", "take it out, or raise resample.max_pixels")),
    "other side of the sky": (change(point(90.0, -66.0)), ("degrees", "take it out of the association")),
}

LEFT_OUT = {
    "data all NaN": (replace(data=np.nan), "flagged DO_NOT_USE or not finite"),
    "all DO_NOT_USE": (replace(dq=1), "flagged DO_NOT_USE or not finite"),
    "all zeros": (replace(data=0), "exactly 0"),
    "negative variances": (replace(var_poisson=-1), "variances that make sense"),
    "zero variances": (replace(var_poisson=0, err=0), "variances that make sense"),
    "infinite err": (replace(err=np.inf), "variances that make sense"),
}


@pytest.fixture
def trio(members, tmp_path):
    """Copies of the members: list of Path."""
    (tmp_path / "in").mkdir()
    copies = [tmp_path / "in" / path.name for path in members]
    for copy, path in zip(copies, members, strict=True):
        copy.write_bytes(path.read_bytes())
    return copies


@pytest.mark.parametrize("case", REFUSED)
def test_member_is_refused_in_one_line(case, trio, tmp_path):
    harm, words = REFUSED[case]
    harm(trio[1])
    with pytest.raises(InputError) as refused:
        make_product(tmp_path / "P", trio)
    message = str(refused.value)
    assert trio[1].name in message and all(word in message for word in words), message
    assert "\n" not in message
    assert not (tmp_path / "P" / "i2d.asdf").exists()
    assert not list((tmp_path / "P").glob(".*"))


def test_member_that_may_not_be_read_is_named(run, trio):
    trio[1].chmod(0)
    run.associate({"P": trio})
    # Root may read everything, unless it gives that right away.
    humble = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    plan = [*humble, str(Path(sys.executable).with_name("wfimosaic")), "plan", "my.yaml"]
    found = subprocess.run(plan, cwd=run.folder, capture_output=True, text=True)
    assert found.returncode == 1
    assert f"{trio[1]}: permission denied: check the permissions of the file and its folder" in found.stderr
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_members_without_usable_pixels_are_left_out_with_their_reasons(trio, tmp_path):
    bad = []
    for number, (harm, _) in enumerate(LEFT_OUT.values()):
        bad.append(trio[1].with_name(f"bad{number}_cal.asdf"))
        bad[-1].write_bytes(trio[1].read_bytes())
        spoil(bad[-1], harm)
    with asdf.open(make_product(tmp_path / "P", [trio[0], *bad, trio[2]])) as file:
        context, data = np.array(file["roman"]["context"]), np.array(file["roman"]["data"])
        excluded = file["roman"]["meta"]["wfimosaic"]["excluded"]
        for path, (_, reason), entry in zip(bad, LEFT_OUT.values(), excluded, strict=True):
            assert entry["path"] == str(path) and reason in entry["reason"]
    assert np.bitwise_or.reduce(context, axis=None) == 1 | 1 << len(bad) + 1
    with asdf.open(make_product(tmp_path / "without", [trio[0], trio[2]])) as file:
        alone = np.array(file["roman"]["data"])
    # The bad members' footprint may make the grid larger; the good ones' sky and flux are as without them.
    assert np.nanmedian(data) == pytest.approx(np.nanmedian(alone), abs=0.003)
    with pytest.raises(InputError, match=r"bad0_cal\.asdf: has no usable pixel: .*: take it out"):
        make_product(tmp_path / "F", [trio[0], *bad], on_bad_member="fail")


def test_nothing_but_bad_members_makes_no_mosaic(trio, tmp_path):
    for path in trio:
        spoil(path, replace(dq=1))
    with pytest.raises(InputError, match="no member has a usable pixel on the grid"):
        make_product(tmp_path / "P", trio)
    assert not (tmp_path / "P" / "i2d.asdf").exists()


@pytest.mark.parametrize("seconds", [-999999.0, 0.0])
def test_unknown_exposure_time_counts_as_none(seconds, trio, tmp_path):
    spoil(trio[1], update("exposure", exposure_time=seconds, effective_exposure_time=seconds))
    with asdf.open(make_product(tmp_path / "P", trio, resample={"weight_type": "exptime"})) as file:
        assert file["roman"]["meta"]["coadd_info"]["max_exposure_time"] == pytest.approx(2 * 139)
        # The weight of the member without time is 1, as romancal has it.
        assert np.array(file["roman"]["weight"]).max() == pytest.approx(2 * 139 + 1, rel=0.02)


STEP = 20 * 0.11 / 3600
FIELDS = {
    "across RA 0": [(359.9995, 10.0, 0.0), (0.0005, 10.0, 90.0)],
    "north pole": [(10.0, 90.0, 0.0), (200.0, 90.0 - STEP, 0.0)],
    "south pole": [(10.0, -90.0, 0.0), (200.0, STEP - 90.0, 0.0)],
    "identical footprints": [(40.0, 5.0, 30.0)] * 2,
    "no overlap": [(40.0, 5.0, 30.0), (40.01, 5.0, 30.0)],
    "a single image": [(40.0, 5.0, 30.0)],
    "forty images": [(40.0, 5.0 + k % 7 * STEP / 4, 9.0 * k) for k in range(40)],
}


@pytest.mark.parametrize("case", FIELDS)
def test_odd_fields_give_their_sky(case, tmp_path):
    # Empty sky of 1, brighter by a tenth of the member's number: matched to the first.
    paths = [write_cal(tmp_path / f"m{k}_cal.asdf", at, sky=1 + 0.1 * (k % 4)) for k, at in enumerate(FIELDS[case])]
    with asdf.open(make_product(tmp_path / "P", paths)) as file:
        data, context = np.array(file["roman"]["data"]), np.array(file["roman"]["context"])
    assert np.isfinite(data).sum() > 0.8 * 60**2
    assert len(context) == (len(paths) - 1) // 32 + 1
    assert np.unique(np.unpackbits(context.view(np.uint8).reshape(len(context), -1, 4), axis=-1)).max() == 1
    for k in range(len(paths)):
        assert (context[k // 32] >> (k % 32) & 1).any(), k
    if case not in ("no overlap", "a single image"):
        assert np.nanmax(data) == pytest.approx(np.nanmin(data), abs=0.02)


LIMITS = [
    {"skymatch": {"nclip": 0, "lsigma": 1e-9, "usigma": 1e9, "binwidth": 0.01, "stepsize": 1}},
    {"skymatch": {"nclip": 100, "skystat": "midpt", "lower": -1e9, "upper": -1e8}},
    {"skymatch": {"lower": 1e9, "skymethod": "global+match"}},
    {"outlier_detection": {"pixfrac": 1e-6, "maskpt": 1, "nlow": 10000, "nhigh": 10000, "grow": 50}},
    {"outlier_detection": {"maskpt": 0, "grow": 0, "snr": "0 0", "scale": "0 0", "kernel": "lanczos3"}},
    {"outlier_detection": {"snr": "999999999 999999999", "backg": -1e17, "resample_data": False}},
    {"resample": {"pixfrac": 1e-6, "kernel": "gaussian", "fillval": "1e400"}},
    {"resample": {"pixel_scale": 3600}},
    {"resample": {"pixel_scale_ratio": 100}},
    {"resample": {"pixel_scale": 0.001, "max_pixels": 1000000}},
    {"resample": {"output_shape": [2, 2], "crpix": [0, 0]}},
    {"resample": {"output_shape": [1000000, 1000000]}},
    {"resample": {"crpix": [1e9, -1e9]}},
    {"resample": {"crval": [-360, 90]}},
    {"resample": {"rotation": -360, "good_bits": 4294967295}},
    {"resample": {"good_bits": 3}},
    {"resample": {"max_pixels": 4}},
]


@pytest.mark.parametrize("config", LIMITS, ids=str)
@pytest.mark.filterwarnings("default::RuntimeWarning")
def test_settings_at_their_limits_give_a_mosaic_or_one_line(config, members, tmp_path):
    try:
        mosaic = make_product(tmp_path / "P", members, **config)
    except InputError as error:
        assert len(str(error)) > 30 and "\n" not in str(error)
        assert not (tmp_path / "P" / "i2d.asdf").exists()
    else:
        with asdf.open(mosaic) as file:
            assert np.array(file["roman"]["context"]).any()


@pytest.fixture
def output_wcs(members, tmp_path):
    """Make a mosaic on the grid of a file: its arguments are what to write there."""

    def on_grid(**tree):
        path = tmp_path / "wcs.asdf"
        asdf.AsdfFile(tree).write_to(path)
        return make_product(tmp_path / "P", members, resample={"output_wcs": str(path)})

    return on_grid


OUTPUT_WCS = tangent_plane((280.0, 66.0), (40, 50), 0.1 / 3600, [[-1, 0], [0, 1]], (110, 90))


def test_output_grids_that_cannot_be_used_are_refused(output_wcs, members, tmp_path):
    with pytest.raises(InputError, match=r"no member lies on the grid of 90 x 110 pixels.*check resample.output_wcs"):
        output_wcs(wcs=OUTPUT_WCS)
    with pytest.raises(InputError, match=r"has no 'wcs' at its top, nor is it a mosaic: check resample\.output_wcs"):
        output_wcs(wsc=OUTPUT_WCS)
    with pytest.raises(InputError, match=r"wcs\.asdf: its 'wcs' is no image WCS: check resample\.output_wcs"):
        output_wcs(wcs={"crval": [0, 0]})
    broken = deepcopy(OUTPUT_WCS)
    broken.insert_transform("detector", models.Scale(np.nan) & models.Identity(1), after=True)
    with pytest.raises(InputError, match=r"does not lie on the output grid's side of the sky|not finite"):
        output_wcs(wcs=broken)
    (tmp_path / "text.asdf").write_text("#ASDF 1.0.0\nhello\n")
    with pytest.raises(
        InputError, match=r"text\.asdf: cannot be read as ASDF: .*: check resample\.output_wcs"
    ) as refused:
        make_product(tmp_path / "P", members, resample={"output_wcs": str(tmp_path / "text.asdf")})
    assert "\n" not in str(refused.value)


def test_output_wcs_that_is_missing_is_refused_before_anything_runs(run, members):
    run.associate({"P": members}, resample={"output_wcs": "nowhere.asdf"})
    code, output = run.run()
    assert code == 1 and told(output, "nowhere.asdf: no such file: check resample.output_wcs in the config")
    assert "Traceback" not in output and not (run.folder / "results").exists()


def test_bad_products_leave_the_good_work_alone(run, members, tmp_path):
    products = {"good": list(members)}
    bad_products = {"bit": "a bit flipped", "text": "text", "key": "metadata damaged", "units": "no conversion"}
    for name, case in bad_products.items():
        (tmp_path / name).mkdir()
        bad = tmp_path / name / members[1].name
        bad.write_bytes(members[1].read_bytes())
        REFUSED[case][0](bad)
        products[name] = [members[0], bad]
    run.associate(products)
    code, output = run.run("--keep-going")
    assert code == 1 and "Traceback" not in output
    assert run.mosaic("good").exists()
    for name, case in bad_products.items():
        assert told(output, f"{name}/{members[1].name}", *REFUSED[case][1]), name
        assert not run.mosaic(name).exists()
    # The good member of the product whose other one is broken is finished, and stays so.
    assert (run.folder / "results" / "bit" / members[0].name.replace("_cal", "_skymatch")).exists()
    assert not run.unfinished()
