"""Trace a pixel of a mosaic back to its members."""

import dataclasses
from pathlib import Path

import numpy as np

from ..association.association import product_of
from ..comparison.compare_exposures import make_comparison, open_others
from ..comparison.neighbours import with_neighbours
from ..comparison.trails import reach
from ..comparison.verdict_at import Verdict, verdict_at
from ..grid.blocks import Block
from ..grid.grid import outline, read_grid
from ..grid.rectangle import Rectangle
from ..images.flag_bits import FLAG_BITS
from ..images.stored_image import stored_image
from ..mosaic.mosaic_block import mosaic_block
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic, pixel_at
from ..mosaic.run_files import beside, drizzle_recipe, grid_file, member_file
from ..outliers.find_outliers import OutlierSettings
from ..outliers.flag_outliers import deviation_at
from ..outliers.median_image import open_median
from ..psf.mosaic_psf import MosaicPsf
from ..psf.psf_map import known_epsf
from ..psf.shape import shape_at


def explain_position(mosaic, ra, dec, epsf=None):
    """Find what a mosaic has at a sky position and what each member brought to it.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file beside which the run's other files lie.
    ra, dec : float
        [deg]
    epsf : str, optional
        Names of reference files of PSFs; else those of the report beside the mosaic, if it has used some.

    Returns
    -------
    dict
        mosaic, ra, dec, pixel [x, y], value, err [MJy/sr], weight, outlier_detection (COMPLETE or
        why not), method, psf (its fwhm [arcsec] and ellipticity; None if it is not known) and members,
        each with its number (from 1), member, exposure, pixel [x, y],
        value without the sky, err and sky [MJy/sr], flags (names), outlier (bool), others (how many
        other exposures looked here; None if outliers were not looked for, or the pixel was bad before),
        brighter and darker (how many of these say that it is, with method pairwise; None if they were
        not asked, as it is like the median), deviation and allowed (from the exposure that decides, or
        from the median, in units of err; None where nothing was compared), share (of the weight).
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
    folder, product = Path(mosaic).parent, product_of(mosaic)
    grid = read_grid(grid_file(folder, product, "mosaic"))
    outliers = settings["outlier_detection"]
    method = outliers.get("method", "romancal")
    judge = None
    if status == "COMPLETE":
        outlier_grid = read_grid(grid_file(folder, product, "outlier"))
        judge = {"romancal": _Median, "pairwise": _Others}[method](folder, product, outlier_grid, outliers)
    recipe = drizzle_recipe(settings["resample"], grid)
    block = _block_of(row, column, grid.shape, recipe.drop)
    members = []
    for index, member in enumerate(grid.members):
        place = _own_pixel(member, x, y)
        if place is not None:
            path = member_file(folder, member.stem, "outlier_detection")
            entry = _describe(index, member, stored_image(path), place, judge)
            entry["share"] = float(mosaic_block([(index, member, path)], block, recipe)["weight"][0, 0])
            members.append(entry)
    if status == "COMPLETE" and method == "romancal":
        _count_others(members)
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
        "method": method,
        "psf": _psf_shape(mosaic, x, y, epsf or known_epsf(mosaic)),
        "members": members,
    }


def _psf_shape(mosaic, x, y, epsf):
    if epsf is None:
        return None
    psf = MosaicPsf(mosaic, epsf)
    shape = shape_at(psf, x, y)
    return {"fwhm": shape.fwhm * psf.pixel_scale, "ellipticity": shape.ellipticity} if shape.fwhm > 0 else None


def _block_of(row, column, shape, drop):
    pixel = Rectangle(slice(row, row + 1), slice(column, column + 1))
    return Block(*pixel.slices, pixel.grown(drop.margin, Rectangle.whole(shape)))


def _own_pixel(member, x, y):
    # The member's pixel at a position of the grid: (row, column), None outside.
    low, high = member.outline().min(axis=0), member.outline().max(axis=0)
    # Footprints are a little curved.
    if not ((low - 10 <= (x, y)) & ((x, y) <= high + 10)).all():
        return None
    place = member.pixels_at([x], [y])[0]
    x0, x1, y0, y1 = member.box
    if not (x0 <= place[0] < x1 and y0 <= place[1] < y1):
        return None
    return int(np.floor(place[1] + 0.5)), int(np.floor(place[0] + 0.5))


def _describe(index, member, image, place, judge):
    row, column = place
    data, err, dq = (image.read(name, place).item() for name in ("data", "err", "dq"))
    entry = {
        "number": index + 1,
        "member": member.stem,
        "exposure": member.group,
        "pixel": [column, row],
        "value": data - float(image.sky.at(row, column)),
        "err": err,
        "sky": float(image.full_sky.at(row, column)),
        "flags": [name for name, bit in FLAG_BITS.items() if dq & bit],
        "outlier": bool(dq & FLAG_BITS["OUTLIER"]),
    }
    verdict = judge.verdict(index, image, place) if judge else None
    known = verdict is not None and verdict.deviation is not None and np.isfinite(verdict.deviation) and err > 0
    return entry | {
        "others": verdict and verdict.others,
        "brighter": verdict and verdict.brighter,
        "darker": verdict and verdict.darker,
        "deviation": verdict.deviation / err if known else None,
        "allowed": verdict.allowed / err if known else None,
    }


def _count_others(members):
    # The median knows no exposures; those that it was made of here are those that fell here, or were flagged.
    looked = {entry["exposure"] for entry in members if entry["share"] > 0 or entry["outlier"]}
    for entry in members:
        if entry["share"] > 0 or entry["outlier"]:
            entry["others"] = len(looked - {entry["exposure"]})


class _Median:
    """The median image that members were compared to, and how."""

    def __init__(self, folder, product, grid, settings):
        names = (field.name for field in dataclasses.fields(OutlierSettings))
        self.settings = OutlierSettings(**{name: settings[name] for name in names})
        self.fillval = float(settings["fillval"])
        self.members = grid.members
        self.path = beside(folder / f"{product}_median.asdf")

    def verdict(self, index, image, pixel):
        """Deviation of a member's pixel from the median, and what was allowed: Verdict."""
        with open_median(self.path) as median:
            found = deviation_at(image, pixel, median.data, self.members[index], self.settings, self.fillval)
        return Verdict(None, None, None, *found)


class _Others:
    """The exposures that members were compared with, and how."""

    def __init__(self, folder, product, grid, settings):
        names = ("snr", "backg", "grow", "good_bits", "resample_data")
        self.grid, self.settings = grid, {name: settings[name] for name in names}
        self.path = beside(folder / f"{product}_median.asdf")
        paths = [member_file(folder, member.stem, "skymatch") for member in grid.members]
        self.tasks = with_neighbours(grid.members, paths, settings["resample_data"])

    def verdict(self, index, _, pixel):
        """What other exposures say of a member's pixel: Verdict or None."""
        member, path, neighbours = self.tasks[index]
        comparison = make_comparison(self.grid, self.path, **self.settings, part=self._part(member, pixel))
        others = list(open_others(comparison, member, path, neighbours))
        with open_median(self.path) as median:
            return verdict_at(comparison, member, stored_image(path), others, median.data, pixel)

    def _part(self, member, pixel):
        # Of the grid: where all pixels of the member lie that may be asked about.
        row, column = pixel
        near = reach(self.settings["grow"]) + 1
        corners = member.positions(*outline((column - near, column + near, row - near, row + near)))
        low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
        part = Rectangle(slice(low[1], high[1]), slice(low[0], high[0]))
        return part.overlap(Rectangle.whole(self.grid.shape))
