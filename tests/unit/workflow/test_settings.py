"""settings: defaults, what is refused with which words, and what each rule is given."""

import inspect
import math

import pytest
from wfimosaic.comparison.compare_exposures import compare_exposures
from wfimosaic.errors import InputError
from wfimosaic.grid.define_grid import write_mosaic_grid, write_outlier_grid
from wfimosaic.grid.output_wcs import default_wcs
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.save_exposures import save_exposures
from wfimosaic.pictures.plot_mosaic import plot_mosaic
from wfimosaic.report.plot_psf import plot_psf
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky
from wfimosaic.workflow.rule_costs import COSTS
from wfimosaic.workflow.settings import check_files_exist, complete, each_option, recorded_settings, rule_settings

ASN = {"associations": ["asn.json"]}
FUNCTIONS = {
    "define_grid": write_outlier_grid,
    "define_mosaic_grid": write_mosaic_grid,
    "match_sky": match_sky,
    "subtract_sky": subtract_sky,
    "make_median": make_median,
    "save_exposures": save_exposures,
    "compare_exposures": compare_exposures,
    "flag_outliers": flag_outliers,
    "resample": resample,
    "plot_mosaic": plot_mosaic,
    "plot_psf": plot_psf,
}


def test_defaults_are_the_documented_ones():
    config = complete(ASN)
    assert config["flux"] == {"skip": False}
    assert config["skymatch"] == {
        "skip": False,
        "skymethod": "match",
        "background_images": None,
        "match_by": "member",
        "plane": False,
        "match_down": True,
        "subtract": True,
        "stepsize": None,
        "skylist": None,
        "skystat": "difference",
        "dqbits": "~DO_NOT_USE+NON_SCIENCE",
        "lower": None,
        "upper": None,
        "nclip": 5,
        "lsigma": 4,
        "usigma": 4,
        "binwidth": 0.1,
    }
    assert config["outlier_detection"] == {
        "skip": False,
        "method": "pairwise",
        "weight_type": "ivm-sky",
        "pixfrac": 1,
        "kernel": "square",
        "fillval": "nan",
        "maskpt": 0.7,
        "snr": [5.0, 4.0],
        "scale": [1.2, 0.7],
        "backg": 0,
        "nlow": 0,
        "nhigh": 0,
        "grow": 1,
        "resample_data": True,
        "good_bits": "~DO_NOT_USE+NON_SCIENCE",
        "save_intermediate_results": False,
    }
    drizzling = {
        "skip": False,
        "pixfrac": 1,
        "kernel": "square",
        "fillval": "nan",
        "weight_type": "ivm-sky",
        "pixel_scale_ratio": 1,
        "resample_on_skycell": True,
        "good_bits": "~DO_NOT_USE+NON_SCIENCE",
        "include_var_flat": False,
        "propagate_dq": False,
        "noise_realizations": 0,
    }
    unset = dict.fromkeys(("output_shape", "crpix", "crval", "rotation", "pixel_scale", "output_wcs"))
    assert config["resample"].pop("max_pixels") > 1e9
    assert config["resample"] == drizzling | unset
    assert config["results"] == "results"


def test_config_that_is_given_is_not_changed():
    given = {**ASN, "resample": {"kernel": "turbo"}}
    config = complete(given)
    assert given == {**ASN, "resample": {"kernel": "turbo"}}
    assert config["resample"]["kernel"] == "turbo"
    assert config["resample"]["pixfrac"] == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"skymatch": {"lsigma": 3}}, {"skymatch": {"lsigma": 3.0}}),
        ({"skymatch": {"nclip": 3}}, {"skymatch": {"nclip": 3.0}}),
        ({"resample": {"crval": [10, 20]}}, {"resample": {"crval": [10.0, 20.0]}}),
        ({"resample": {"output_shape": [10, 20]}}, {"resample": {"output_shape": [10.0, 20.0]}}),
        ({"resample": {"fillval": 0}}, {"resample": {"fillval": "INDEF"}}),
        ({"resample": {"fillval": math.nan}}, {"resample": {"fillval": "NaN"}}),
        ({"outlier_detection": {"snr": "5 4"}}, {"outlier_detection": {"snr": "5.0, 4.00"}}),
        ({"skymatch": {"dqbits": None}}, {"skymatch": {"dqbits": "None"}}),
        ({"on_bad_member": "exclude"}, {"on_bad_member": "leave_out"}),
        (
            {"flux": {}, "resample": {"kernel": "point", "pixfrac": 0.5}},
            {"resample": {"pixfrac": 0.5, "kernel": "point"}},
        ),
        ({"flux": None}, {}),
        ({"resample": {"pixfrac": "0.5"}}, {"resample": {"pixfrac": 0.5}}),
        ({"resample": {"output_shape": ["10", "20"]}}, {"resample": {"output_shape": [10, 20]}}),
        ({"resample": {"max_pixels": "null", "skip": "true"}}, {"resample": {"max_pixels": None, "skip": True}}),
        ({"outlier_detection": {"snr": [5, 4]}}, {"outlier_detection": {"snr": "5 4"}}),
        ({"outlier_detection": {"snr": ["5", "4.0"]}}, {"outlier_detection": {"snr": "5 4"}}),
        ({"associations": "asn.json"}, {"associations": ["asn.json"]}),
    ],
)
def test_way_of_writing_makes_no_difference(one, other):
    assert repr(complete({**ASN, **one})) == repr(complete(ASN | other))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resampel": {}}, r"resampel is no option, did you mean resample\?"),
        ({"skymatch": {"skystats": "mode"}}, r"skymatch\.skystats is no option, did you mean skystat\?"),
        ({"resample": {"zzz": 1}}, r"resample\.zzz is no option; allowed: skip, pixfrac"),
        ({"skymatch": {"skymethod": "user"}}, r"skymatch\.skymethod: user needs skymatch\.skylist"),
        ({"skymatch": {"plane": True, "skymethod": "local"}}, r"plane: .* local does not: take match"),
        ({"skymatch": {"plane": True, "match_by": "exposure"}}, r"plane: .* set match_by: member"),
        ({"skymatch": {"plane": True, "skystat": "mode"}}, r"plane: mode is too coarse .* skystat: difference"),
        (
            {"skymatch": {"background_images": "b.asdf"}},
            r"background_images: 'b.asdf' is not a pattern with {stem} in it",
        ),
        ({"skymatch": {"background_images": {"a": 1}}}, r"background_images\.a: 1 is not text \(Images to subtract"),
        (
            {"skymatch": {"skystat": "modus"}},
            r"skymatch\.skystat: 'modus' is not one of difference, median, mid",
        ),
        ({"resample": {"pixfrac": 1.5}}, r"resample\.pixfrac: 1\.5 .* maximum of 1 \(Size of the drops"),
        ({"resample": {"pixfrac": 0}}, r"resample\.pixfrac: 0 "),
        ({"resample": {"pixfrac": True}}, r"resample\.pixfrac: true is not a number \(Size"),
        ({"resample": {"pixfrac": "half"}}, r"resample\.pixfrac: 'half' is not a number \("),
        ({"resample": {"pixfrac": "nan"}}, r"resample\.pixfrac: nan is not a number that can be computed with"),
        ({"skymatch": {"nclip": 2.5}}, r"skymatch\.nclip: 2\.5 is not a whole number"),
        ({"skymatch": {"skip": "nope"}}, r"skymatch\.skip: 'nope' is not true or false"),
        ({"resample": {"crval": [10, 95]}}, r"resample\.crval\.1: 95 is greater than the maximum of 90 \(Position of"),
        ({"resample": {"output_shape": [10]}}, r"resample\.output_shape: \[10\] is too short"),
        ({"resample": {"output_shape": [10, 1]}}, r"resample\.output_shape\.1: 1 is less than the minimum of 2"),
        ({"outlier_detection": {"snr": [5, 4, 3]}}, r"outlier_detection\.snr: '5 4 3' are not two numbers"),
        ({"outlier_detection": {"snr": "5"}}, r"outlier_detection\.snr: '5' are not two numbers"),
        ({"outlier_detection": {"snr": 5}}, r"outlier_detection\.snr: '5' are not two numbers"),
        ({"outlier_detection": {"scale": "-1 2"}}, r"outlier_detection\.scale: '-1 2' are not two numbers"),
        ({"outlier_detection": {"fillval": "none"}}, r"fillval: 'none' is neither a number nor NaN nor INDEF"),
        (
            {"skymatch": {"dqbits": "~DO_NOT_ABUSE"}},
            r"skymatch\.dqbits: 'DO_NOT_ABUSE' is no .*did you mean DO_NOT_USE",
        ),
        ({"skymatch": {"lower": 2, "upper": 1}}, r"skymatch\.lower: 2\.0 is not below skymatch\.upper \(1\.0\)"),
        ({"picture": {"lower_percentile": 99, "upper_percentile": 99}}, r"picture\.lower_percentile is not below"),
        ({"associations": []}, r"associations: \[\] should be non-empty"),
        ({"associations": None}, r"'associations' is missing"),
        ({"associations": [["a.json"]]}, r"associations\.0: \['a.json'\] is not text \(Association files"),
        ({"keep": None}, r"keep: null \(or nothing\) is not one of all, flagged, none$"),
        ({"field": "my survey"}, r"field: 'my survey' is not a name of letters, digits and"),
        ({"results": ""}, r"results: '' should be non-empty \(Folder that everything is written to\.\)$"),
        ({"snr": "5 4"}, r"^config: snr is no option here; did you mean outlier_detection\.snr\? allowed: assoc"),
        ({"pixfrac": 1}, r"did you mean outlier_detection\.pixfrac or resample\.pixfrac\?"),
        ({"resample.pixfrac": 1}, r"resample\.pixfrac is no option; did you mean resample: \{pixfrac: \.\.\.\}\?"),
        ({"resample": {"pixfrac:0.5": None}}, r"pixfrac:0\.5 is no option; a blank is needed after pixfrac:"),
        ({"products": []}, r"products is no option: this is an association; 'associations: \[it\]'"),
        ({"flux": 1}, r"flux: 1 is not a section of names and values"),
    ],
)
def test_wrong_settings_are_refused_with_their_path(change, message):
    with pytest.raises(InputError, match=message) as caught:
        complete({**ASN, **change})
    assert str(caught.value).startswith("config: ")


def test_association_is_needed():
    with pytest.raises(InputError, match="'associations' is missing: name at least one association file"):
        complete({})


def test_all_errors_are_told_at_once():
    with pytest.raises(InputError, match=r"flux\.skip: 1 .*; resample\.kernel: 'cube' .*; skymatch\.nclip: -1 "):
        complete({**ASN, "flux": {"skip": 1}, "resample": {"kernel": "cube"}, "skymatch": {"nclip": -1}})


@pytest.mark.parametrize("flags", ["~DO_NOT_USE", "DO_NOT_USE,OUTLIER", "~(HOT|WARM)", "~1", "5", "GOOD", "none", 4])
def test_flags_may_be_written_as_astropy_reads_them(flags):
    assert complete({**ASN, "resample": {"good_bits": flags}})["resample"]["good_bits"] in (flags, None)


@pytest.mark.parametrize("rule", FUNCTIONS)
def test_settings_of_a_rule_are_arguments_of_its_function(rule):
    settings = rule_settings(complete(ASN), rule)
    assert list(settings) == sorted(settings)
    parameters = inspect.signature(FUNCTIONS[rule]).parameters
    known = set(parameters)
    if rule == "define_mosaic_grid":
        known |= set(inspect.signature(default_wcs).parameters)
    assert set(settings) <= known
    for name, value in settings.items():
        assert value is None or isinstance(value, bool | int | float | str | list)
        # The function's own default is the documented one.
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        if default is not inspect.Parameter.empty and name not in ("max_pixels", "on_bad_member"):
            same = float(value) == default or math.isnan(float(value)) if name == "fillval" else value == default
            assert same or tuple(value) == default, name


@pytest.mark.parametrize("option", list(each_option()), ids=lambda option: ".".join(filter(None, option[:2])))
def test_schema_says_of_every_option_what_it_reruns(option):
    section, name, rules = option
    assert set(rules["reruns"]) <= set(COSTS)
    for value in rules.get("examples", ()):
        config = complete({**ASN, **({section: {name: value}} if section else {name: value})})
        assert config != complete(ASN)


def test_skipped_flux_lets_counts_through_only_without_a_mosaic():
    config = complete({**ASN, "flux": {"skip": True}})
    assert rule_settings(config, "match_sky")["counts_allowed"] is False
    config = complete({**ASN, "flux": {"skip": True}, "resample": {"skip": True}})
    assert rule_settings(config, "subtract_sky")["counts_allowed"] is True


def test_mosaic_remembers_the_settings_of_its_steps():
    record = recorded_settings(complete(ASN))
    assert list(record) == ["flux", "skymatch", "outlier_detection", "resample"]
    assert record["outlier_detection"]["snr"] == [5.0, 4.0]
    assert "max_pixels" not in record["resample"]


def test_a_folder_is_no_file_of_psfs(tmp_path):
    (tmp_path / "epsf").mkdir()
    config = complete({"associations": ["asn.json"], "psf": {"epsf": str(tmp_path / "epsf")}})
    with pytest.raises(InputError, match=r"epsf: there is no such file: check psf\.epsf in the config"):
        check_files_exist(config)
    (tmp_path / "epsf" / "a.asdf").touch()
    check_files_exist(config | {"psf": {"epsf": str(tmp_path / "epsf" / "*")}})
