"""Check a configuration, complete it with defaults, and hand each rule what it depends on."""

import copy
import difflib
import functools
import glob
import os
import re
from pathlib import Path

import yaml

from ..errors import InputError
from ..images.flag_bits import FLAG_BITS
from .complaints import complaints
from .ways_of_writing import as_meant

SCHEMA = Path(__file__).with_name("config.schema.yaml")

# Larger numbers have no meaning in any option.
LARGEST = 1e18


@functools.cache
def schema():
    """The configuration's JSON schema: dict."""
    return yaml.safe_load(SCHEMA.read_text())


def each_option():
    """Yield section (None at the top), name and rules of every option in the schema."""
    for name, rules in schema()["properties"].items():
        if "properties" in rules:
            yield from ((name, option, below) for option, below in rules["properties"].items())
        else:
            yield None, name, rules


def complete(config):
    """Check a configuration and fill in what it leaves out.

    Parameters
    ----------
    config : dict
        As the user wrote it.

    Returns
    -------
    dict
        Every option, in a form that does not depend on how it was written (1 or 1.0).

    Raises
    ------
    InputError
        Names every wrong key, and what is allowed.
    """
    # Those who only read the schema need not wait for it.
    from jsonschema import Draft202012Validator

    config = as_meant(config, schema())
    messages = list(_unusable(config, ""))
    if not messages:
        messages = complaints(Draft202012Validator(schema()).iter_errors(config), schema())
    if not messages:
        config = _fill(copy.deepcopy(config), schema())
        messages = list(_contradictions(config))
    if messages:
        raise InputError("config: " + "; ".join(messages))
    return config


def _unusable(value, path):
    # What YAML can say and no option can mean: the schema lets NaN through every limit.
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str) and key.isprintable():
                yield from _unusable(item, f"{path}.{key}".strip("."))
            else:
                yield f"{path}.{key!a}".strip(".") + " is no option"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unusable(item, f"{path}.{index}")
    elif isinstance(value, str) and not value.isprintable():
        yield f"{path}: {value!a} has characters that cannot be printed"
    elif isinstance(value, int | float) and not path.endswith(".fillval") and not abs(value) < LARGEST:
        yield f"{path}: {str(value)[:20]} is not a number that can be computed with"


def _fill(value, rules):
    if isinstance(value, dict) and "properties" in rules:
        for key, below in rules["properties"].items():
            if key not in value and "default" in below:
                value[key] = copy.deepcopy(below["default"])
            if key in value:
                value[key] = _fill(value[key], below)
        return {key: value[key] for key in sorted(value)}
    if isinstance(value, list):
        kinds = rules.get("prefixItems", [])
        return [_fill(item, kinds[k] if k < len(kinds) else rules.get("items", {})) for k, item in enumerate(value)]
    if isinstance(value, str):
        return rules.get("synonyms", {}).get(value, value)
    types = rules.get("type", [])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if "number" in types else int(value)
    return value


def _contradictions(config):
    for section, name, rules in each_option():
        if section:
            try:
                config[section][name] = _parse(config[section][name], rules.get("format"))
            except ValueError as error:
                yield f"{section}.{name}: {error}"
    if config["keep"] == "none" and config["resample"]["skip"]:
        yield "keep: none would leave nothing where resample.skip makes no mosaic: set keep: flagged"
    sky, picture = config["skymatch"], config["picture"]
    if sky["lower"] is not None and sky["upper"] is not None and sky["lower"] >= sky["upper"]:
        yield f"skymatch.lower: {sky['lower']} is not below skymatch.upper ({sky['upper']})"
    if sky["skymethod"] == "user" and sky["skylist"] is None:
        yield "skymatch.skymethod: user needs skymatch.skylist, a file with the members and their levels"
    if sky["plane"]:
        if "match" not in sky["skymethod"]:
            yield f"skymatch.plane: gradients are matched, which skymethod {sky['skymethod']} does not: take match"
        if sky["match_by"] != "member":
            yield "skymatch.plane: gradients are those of members: set match_by: member"
        if sky["skystat"] in ("mode", "midpt"):
            yield f"skymatch.plane: {sky['skystat']} is too coarse for gradients: set skystat: difference"
    if picture["lower_percentile"] >= picture["upper_percentile"]:
        yield "picture.lower_percentile is not below picture.upper_percentile"


def _parse(value, form):
    if form == "two numbers":
        words = value.replace(",", " ").split()
        if len(words) != 2 or not all(re.fullmatch(r"[0-9]{1,9}\.?[0-9]*|\.[0-9]+", word) for word in words):
            raise ValueError(f"{value!r} are not two numbers, none negative, such as '5.0 4.0'")
        return [float(word) for word in words]
    if form == "fill value":
        if str(value).upper() == "INDEF":
            return "0.0"
        try:
            return str(float(value))
        except ValueError:
            raise ValueError(f"{value!r} is neither a number nor NaN nor INDEF") from None
    if form == "flags" and isinstance(value, str):
        for name in re.split(r"[+,|\s]+", value.lstrip("~ ").strip("() ")):
            if not name.isdigit() and name.upper() not in (*FLAG_BITS, "NONE"):
                close = difflib.get_close_matches(name.upper(), FLAG_BITS, 1)
                hint = f", did you mean {close[0]}?" if close else ""
                raise ValueError(f"{name!r} is no data-quality flag{hint}")
        return None if value.upper() == "NONE" else value
    return value


def check_files_exist(config):
    """Check that the files that a complete configuration names are there.

    Parameters
    ----------
    config : dict

    Raises
    ------
    InputError
    """
    files = {
        "skymap": config["skymap"],
        "resample.output_wcs": config["resample"]["output_wcs"],
        "skymatch.skylist": config["skymatch"]["skylist"],
    }
    for option, path in files.items():
        if path is not None and not Path(path).is_file():
            raise InputError(f"{path}: no such file: check {option} in the config")
    epsf = config["psf"]["epsf"]
    if epsf is not None and not any(map(os.path.isfile, glob.glob(epsf))):
        raise InputError(f"{epsf}: there is no such file: check psf.epsf in the config")


def check_no_file_in_the_way(folder):
    """Raise InputError if the folder of results, or one that it is to be in, is a file."""
    for place in (Path(folder), *Path(folder).parents):
        if place.exists() and not place.is_dir():
            raise InputError(f"{place}: is a file, no folder for results: set 'results' to another one")


def check_writable(folder):
    """Check that results can be written, before Snakemake begins to remove and to make files.

    Parameters
    ----------
    folder : str
        It need not exist yet.

    Raises
    ------
    InputError
    """
    check_no_file_in_the_way(folder)
    folder = Path(folder).absolute()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest}: results cannot be written there: set 'results' to another folder, or its rights")


def rule_settings(config, rule):
    """Pick what a rule depends on.

    Parameters
    ----------
    config : dict
        Complete.
    rule : str

    Returns
    -------
    dict
        Plain and sorted by key: the arguments of the rule's function.
    """
    picked = {
        rules.get("argument", name): value
        for section, name, rules in each_option()
        if rule in rules["reruns"] and rules.get("argument", name)
        for value in [config[section][name] if section else config[name]]
    }
    if "flux_skip" in picked:
        picked["counts_allowed"] = config["flux"]["skip"] and config["resample"]["skip"]
    return {key: picked[key] for key in sorted(picked)}


def recorded_settings(config):
    """Pick what a mosaic records of how it was made: dict of step to dict."""
    unrecorded = {(section, name) for section, name, rules in each_option() if not rules.get("recorded", True)}
    return {
        step: {name: value for name, value in config[step].items() if (step, name) not in unrecorded}
        for step in ("flux", "skymatch", "outlier_detection", "resample")
    }
