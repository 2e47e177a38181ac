"""Skycells: described by an association or a sky tessellation."""

import re
from pathlib import Path

import asdf
import numpy as np

from ..errors import InputError

SKYCELL_NAME = re.compile(r"\d{3}[pm]\d{2}x\d{2}y\d{2}")


def find_skycell(name, skymap):
    """Look up a skycell in a sky tessellation.

    Parameters
    ----------
    name : str
    skymap : str or None
        An ASDF file with `roman.skycells` and `roman.projection_regions`.

    Returns
    -------
    dict
        What an association's `skycell_wcs_info` would contain.
    """
    if skymap is None:
        raise InputError(
            f"skycell {name}: the association names it but has no skycell_wcs_info: set 'skymap' to a sky "
            "tessellation, or resample.resample_on_skycell: false"
        )
    if not Path(skymap).is_file():
        raise InputError(f"{skymap}: no such file: check 'skymap' in the config")
    with asdf.open(skymap, memmap=False, ignore_unrecognized_tag=True) as file:
        roman = file["roman"]
        cells, regions = np.array(roman["skycells"]), np.array(roman["projection_regions"])
        size, scale = int(roman["meta"]["nxy_skycell"]), float(roman["meta"]["pixel_scale"]) / 3600
    index = np.flatnonzero(cells["name"] == name)
    if len(index) == 0:
        raise InputError(f"{skymap}: has no skycell {name}: check the association's target")
    cell = cells[index[0]]
    around = regions[(regions["skycell_start"] <= index[0]) & (index[0] < regions["skycell_end"])]
    if len(around) == 0:
        raise InputError(f"{skymap}: has skycell {name}, but not its projection region: take a complete tessellation")
    region = around[0]
    return {
        "name": name,
        "pixel_scale": scale,
        "ra_projection_center": float(region["ra_tangent"]),
        "dec_projection_center": float(region["dec_tangent"]),
        "x0_projection": float(cell["x_tangent"]),
        "y0_projection": float(cell["y_tangent"]),
        "nx": size,
        "ny": size,
        "orientat_projection_center": float(region["orientat"]),
    }


def skycell_of(skycell, target, skymap):
    """Find the skycell that an association asks for.

    Parameters
    ----------
    skycell : dict or None
        Its `skycell_wcs_info`.
    target : str or None
        Its `target`, which may be a skycell's name.
    skymap : str or None
        Where to look the name up.

    Returns
    -------
    dict or None
    """
    if skycell is None and target and SKYCELL_NAME.fullmatch(target):
        return find_skycell(target, skymap)
    return skycell
