"""Skycells: described by an association or a sky tessellation."""

import re

import numpy as np

from ..errors import InputError
from .sky_map import read_sky_map, read_skycells, skycell_information

SKYCELL_NAME = re.compile(r"(\d{3})([pm])(\d{2})x\d{2}y\d{2}")


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
    sky_map = read_sky_map(skymap)
    near = _regions_called(name, sky_map.regions)
    if len(near) == 0:
        raise InputError(
            f"{skymap}: has no projection region of skycell {name}: check the association's target, or take a complete "
            "tessellation"
        )
    for region, cells in zip(near, read_skycells(sky_map, near), strict=True):
        for cell in cells[cells["name"] == name]:
            return skycell_information(sky_map, sky_map.regions[region], cell)
    raise InputError(f"{skymap}: has no skycell {name}: check the association's target")


def _regions_called(name, regions):
    # A skycell's name begins with its projection region's tangent point in whole degrees.
    ra, sign, dec = SKYCELL_NAME.fullmatch(name).groups()
    dec = float(dec) if sign == "p" else -float(dec)
    away = np.abs((regions["ra_tangent"] - float(ra) + 180) % 360 - 180)
    return np.flatnonzero((away <= 1) & (np.abs(regions["dec_tangent"] - dec) <= 1))


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
