"""Compare the metadata of two mosaics key by key."""

import fnmatch
import math
import re
from pathlib import Path

import numpy as np
from astropy.table import Table
from astropy.time import Time

DIFFERENCES = Path(__file__).with_name("differences.md")
EXACT = 1e-9
NUMBER = re.compile(r"-?\d+\.\d+")


def flatten(node, prefix=""):
    """Lay a tree of metadata out: dict of dotted key to value, each column of a table a list."""
    flat = {}
    for name, value in node.items():
        key = f"{prefix}{name}"
        if isinstance(value, Table):
            flat |= {f"{key}.{column}": list(value[column]) for column in value.colnames}
        elif key == "wcs":
            continue
        elif hasattr(value, "items"):
            flat |= flatten(value, f"{key}.")
        else:
            flat[key] = list(value) if hasattr(value, "append") else value
    return flat


def read_allowances():
    """Read the table of metadata that may differ: dict of key pattern to what is allowed.

    The table is in differences.md, under the heading Metadata: key, how far it may be off, why.
    """
    lines = DIFFERENCES.read_text().split("\n## Metadata\n")[1].split("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {key.strip("`"): allowed for key, allowed, _ in rows}


def differences(ours, theirs, noise, exact_border=False, skycell=False):
    """List romancal's keys that ours lacks or has another value for.

    Parameters
    ----------
    ours, theirs : mapping
        The metadata of our mosaic and romancal's.
    noise : float
        Of a pixel [MJy/sr], for what is allowed in units of it.
    exact_border : bool
        Whether the mosaic's border cuts members, where romancal loses weight and ours does not.
    skycell : bool
        Whether it is a skycell.

    Returns
    -------
    list of str
        One line for each key that is not listed in differences.md, or differs by more than it says.
    """
    ours, allowances = flatten(ours), read_allowances()
    found = []
    for key, value in flatten(theirs).items():
        allowed = next((how for pattern, how in allowances.items() if fnmatch.fnmatchcase(key, pattern)), "equal")
        if allowed == "any":
            continue
        allowed, _, on_skycell = allowed.partition(", on a skycell ")
        allowed = on_skycell if skycell and on_skycell else allowed
        allowed, _, at_border = allowed.partition(", at an exact border ")
        allowed = at_border if exact_border and at_border else allowed
        if key not in ours:
            found.append(f"{key} is missing: {value!r}")
        elif not _agree(ours[key], value, allowed, noise):
            found.append(f"{key} is {ours[key]!r}, not {value!r}")
    return found


def _agree(ours, theirs, allowed, noise):
    if isinstance(theirs, Time):
        return abs((ours - theirs).sec) < 1e-3
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(_agree(a, b, allowed, noise) for a, b in zip(ours, theirs, strict=True))
    if isinstance(theirs, str) and allowed.endswith("in text"):
        return _agree(_words(ours), _words(theirs), allowed.removesuffix("in text").strip(), noise)
    if not isinstance(theirs, float | np.floating):
        return ours == theirs
    if math.isnan(theirs):
        return math.isnan(ours)
    limit, unit = (EXACT, "relative") if allowed == "equal" else (float(allowed.split()[0]), allowed.split()[1])
    if unit == "degrees":
        return abs((ours - theirs + 180) % 360 - 180) <= limit
    if unit == "noise":
        return abs(ours - theirs) <= limit * noise
    return math.isclose(ours, theirs, rel_tol=limit)


def _words(text):
    return [float(word) if NUMBER.fullmatch(word) else word for word in text.split()]
