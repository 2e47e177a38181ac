"""Read a sky tessellation: its projection regions, and the skycells that each of them is cut into."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asdf
import numpy as np

from ..errors import InputError
from ..files.plain_asdf import plain_asdf
from ..files.table_rows import read_rows
from ..images.image_file import input_errors


@dataclass(frozen=True)
class SkyMap:
    """What is small of a tessellation: all but its millions of skycells.

    `regions` is the file's table of projection regions, `cell_size` the pixels on a side of a skycell, `pixel_scale` in
    degrees.
    """

    path: str
    regions: np.ndarray
    cell_size: int
    pixel_scale: float


def read_sky_map(path):
    """Read a tessellation's projection regions.

    Parameters
    ----------
    path : str
        An ASDF file with `roman.skycells` and `roman.projection_regions`.

    Returns
    -------
    SkyMap

    Raises
    ------
    InputError
    """
    with _opened(path) as file:
        roman = file["roman"]
        meta = roman["meta"]
        regions = np.array(roman["projection_regions"])
        return SkyMap(str(path), regions, int(meta["nxy_skycell"]), float(meta["pixel_scale"]) / 3600)


def read_skycells(sky_map, regions):
    """Read the skycells of some projection regions; the others are never in memory.

    Parameters
    ----------
    sky_map : SkyMap
    regions : list of int
        Rows of `sky_map.regions`.

    Returns
    -------
    list of ndarray
        Rows of the file's table of skycells, for each region.

    Raises
    ------
    InputError
    """
    spans = [tuple(int(n) for n in sky_map.regions[["skycell_start", "skycell_end"]][k]) for k in regions]
    with _opened(sky_map.path) as file:
        table = file["roman"]["skycells"]
        if any(stop > table.shape[0] for _, stop in spans):
            raise InputError(f"{sky_map.path}: lacks skycells of its projection regions: take a complete tessellation")
        return read_rows(file, table, spans)


def skycell_information(sky_map, region, cell):
    """Describe a skycell as an association's `skycell_wcs_info` does.

    Parameters
    ----------
    sky_map : SkyMap
    region, cell : numpy.void
        Rows of the tables of projection regions and skycells.

    Returns
    -------
    dict
        With the keys of romancal's `SkyCells.wcs_infos`; angles in degrees.
    """
    return {
        "name": str(cell["name"]),
        "pixel_scale": sky_map.pixel_scale,
        "ra_projection_center": float(region["ra_tangent"]),
        "dec_projection_center": float(region["dec_tangent"]),
        "x0_projection": float(cell["x_tangent"]),
        "y0_projection": float(cell["y_tangent"]),
        "ra_center": float(cell["ra_center"]),
        "dec_center": float(cell["dec_center"]),
        "nx": sky_map.cell_size,
        "ny": sky_map.cell_size,
        "orientat": float(cell["orientat"]),
        "orientat_projection_center": float(region["orientat"]),
    }


@contextmanager
def _opened(path):
    advice = "check --skymap, or 'skymap' in the config"
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file: {advice}")
    with plain_asdf():
        with input_errors(path, "cannot be read as ASDF", advice):
            file = asdf.open(path, memmap=True, lazy_load=True)
        with file, input_errors(path, "is no sky tessellation", advice):
            yield file
