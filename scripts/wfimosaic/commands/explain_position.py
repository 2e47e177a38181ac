"""Trace a pixel of a mosaic back to its members."""

import dataclasses
from pathlib import Path

import numpy as np

from ..drizzling.drop import Drop
from ..errors import InputError
from ..grid import pixel_map
from ..grid.blocks import Block
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..images.flag_bits import FLAG_BITS
from ..images.stored_image import stored_image
from ..mosaic.mosaic_block import Recipe, mosaic_block
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic, pixel_at
from ..outliers.find_outliers import OutlierSettings
from ..outliers.flag_outliers import deviation_at
from ..outliers.median_image import open_median


def explain_position(mosaic, ra, dec):
    """Find what a mosaic has at a sky position and what each member brought to it.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file beside which the run's other files lie.
    ra, dec : float
        [deg]

    Returns
    -------
    dict
        mosaic, ra, dec, pixel [x, y], value, err [MJy/sr], weight, outlier_detection (COMPLETE or
        why not) and members, each with its number (from 1), member, exposure, pixel [x, y], value
        without the sky, err and sky [MJy/sr], flags (names), outlier (bool), deviation and allowed
        (from the median, in units of err; None where there is no median, or with method pairwise),
        share (of the weight).
        Members that lie here but were not used have a share of 0.

    Raises
    ------
    InputError
    """
    with open_mosaic(mosaic) as roman:
        x, y = pixel_at(mosaic, roman, ra, dec)
        column, row = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
        settings = MosaicRecord.of(roman["meta"]).settings
        values = {name: float(np.asarray(roman[name])[row, column]) for name in ("data", "err", "weight")}
        status = str(roman["meta"]["cal_step"]["outlier_detection"])
    folder, product = Path(mosaic).parent, Path(mosaic).name.removesuffix("_i2d.asdf")
    grid = read_grid(_beside(folder / f"{product}_mosaic_grid.asdf"))
    outliers = settings["outlier_detection"]
    # Where exposures were compared with each other no single number decided.
    with_median = status == "COMPLETE" and outliers.get("method") != "pairwise"
    median = _Median(folder, product, outliers) if with_median else None
    recipe = _recipe(settings["resample"], grid)
    block = _block_of(row, column, grid.shape, recipe.drop)
    members = []
    for index, member in enumerate(grid.members):
        place = _own_pixel(member, x, y)
        if place is not None:
            path = _beside(folder / f"{member.stem}_outlier_detection.asdf")
            entry = _describe(index, member, stored_image(path), place, median)
            entry["share"] = float(mosaic_block([(index, member, path)], block, recipe)["weight"][0, 0])
            members.append(entry)
    total = sum(entry["share"] for entry in members)
    for entry in members:
        entry["share"] = entry["share"] / total if total else 0.0
    return {
        "mosaic": str(mosaic),
        "ra": ra,
        "dec": dec,
        "pixel": [column, row],
        "value": values["data"],
        "err": values["err"],
        "weight": values["weight"],
        "outlier_detection": status,
        "members": members,
    }


def _beside(path):
    if not path.is_file():
        raise InputError(f"{path}: is not there: explain needs the files that the run left beside the mosaic")
    return str(path)


def _recipe(settings, grid):
    return Recipe(
        drop=Drop(settings["kernel"], settings["pixfrac"], grid.pixel_scale_ratio),
        weight_type=settings["weight_type"],
        good_bits=settings["good_bits"],
        variances=("var_rnoise",),
        propagate_dq=False,
    )


def _block_of(row, column, shape, drop):
    pixel = Rectangle(slice(row, row + 1), slice(column, column + 1))
    return Block(*pixel.slices, pixel.grown(drop.margin, Rectangle.whole(shape)))


def _own_pixel(member, x, y):
    # The member's pixel at a position of the grid: (row, column), None outside.
    low, high = member.outline().min(axis=0), member.outline().max(axis=0)
    # Footprints are a little curved.
    if not ((low - 10 <= (x, y)) & ((x, y) <= high + 10)).all():
        return None
    place = pixel_map.inverse_positions(member.coefficients, member.box, np.array([x]), np.array([y]))[0]
    x0, x1, y0, y1 = member.box
    if not (x0 <= place[0] < x1 and y0 <= place[1] < y1):
        return None
    return int(np.floor(place[1] + 0.5)), int(np.floor(place[0] + 0.5))


def _describe(index, member, image, place, median):
    row, column = place
    data, err, dq = (image.read(name, place).item() for name in ("data", "err", "dq"))
    value = data - float(image.sky.at(row, column))
    deviation, allowed = median.compare(member.stem, image, place, err) if median else (None, None)
    return {
        "number": index + 1,
        "member": member.stem,
        "exposure": member.group,
        "pixel": [column, row],
        "value": value,
        "err": err,
        "sky": float(image.full_sky.at(row, column)),
        "flags": [name for name, bit in FLAG_BITS.items() if dq & bit],
        "outlier": bool(dq & FLAG_BITS["OUTLIER"]),
        "deviation": deviation,
        "allowed": allowed,
    }


class _Median:
    """The median image that members were compared to, and how."""

    def __init__(self, folder, product, settings):
        names = (field.name for field in dataclasses.fields(OutlierSettings))
        self.settings = OutlierSettings(**{name: settings[name] for name in names})
        self.fillval = float(settings["fillval"])
        self.path = _beside(folder / f"{product}_median.asdf")
        grid = read_grid(_beside(folder / f"{product}_outlier_grid.asdf"))
        self.members = {member.stem: member for member in grid.members}

    def compare(self, stem, image, pixel, err):
        """Deviation of a member's pixel and what was allowed there [err], None without a median or an error."""
        with open_median(self.path) as median:
            found = deviation_at(image, pixel, median.data, self.members[stem], self.settings, self.fillval)
        if not (np.isfinite(found[0]) and err > 0):
            return None, None
        return tuple(value / err for value in found)
