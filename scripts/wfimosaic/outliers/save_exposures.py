"""Write the drizzled image of each exposure, as outlier detection sees it."""

import hashlib
import re
from pathlib import Path

import asdf
import numpy as np

from ..drizzling.drop import Drop
from ..files.atomic_write import atomic_write
from ..files.scratch import scratch_folder
from ..grid.cutout_wcs import cutout_wcs
from ..grid.rectangle import Rectangle
from .exposures import MedianRecipe, combine, drizzle_exposures
from .members_on_grid import members_on_grid

# File systems allow 255 characters.
MAX_NAME = 150


def save_exposures(
    members,
    grid,
    listing,
    weight_type,
    pixfrac,
    kernel,
    maskpt,
    good_bits,
    method="pairwise",
    suffix="i2d",
    workers=1,
):
    """Write ``{group}_outlier_{suffix}.asdf`` for every exposure, and a list of these files.

    Parameters
    ----------
    members : list of str
        `_skymatch` files: see `members_on_grid`.
    grid : str
        The outlier grid's file.
    listing : str
        The list to write; the images go beside it. Each has `data` [MJy/sr], `weight`, `wcs` (of the
        exposure's part of the grid), `threshold` and `group`; pixels below the threshold are NaN.
    weight_type, pixfrac, kernel, maskpt, good_bits, method
        See `MedianRecipe`.
    suffix : str
        Of mosaics' names.
    workers : int
    """
    grid, members = members_on_grid(grid, members)
    recipe = MedianRecipe(Drop(kernel, pixfrac, grid.pixel_scale_ratio), weight_type, good_bits, maskpt, method=method)
    with scratch_folder(listing) as scratch:
        exposures = drizzle_exposures(members, grid, recipe, scratch, workers)
        ending = f"_outlier_{suffix}.asdf"
        names = [_save(exposure, grid, Path(listing).parent, ending) for exposure in exposures if exposure.layers]
        with atomic_write(listing) as part:
            part.write_text("".join(f"{name}\n" for name in names))


def _save(exposure, grid, folder, ending):
    area = Rectangle.around([layer.area for layer in exposure.layers])
    data, weight = combine(exposure.layers, area)
    data[weight < exposure.threshold] = np.nan
    tree = {
        "data": data,
        "weight": weight,
        "wcs": cutout_wcs(grid.wcs, area.columns.start, area.rows.start, data.shape),
        "threshold": exposure.threshold,
        "group": exposure.group,
    }
    path = folder / f"{file_name(exposure.group)}{ending}"
    with atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part)
    return path.name


def file_name(group):
    """Make a group's part of its file's name: the group itself, or what is left of it and a hash of all of it."""
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", group)[:MAX_NAME]
    return name if name == group else f"{name}_{hashlib.sha256(group.encode()).hexdigest()[:8]}"
