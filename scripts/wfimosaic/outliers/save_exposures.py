"""Write the drizzled image of each exposure, as outlier detection sees it."""

import hashlib
import re
from pathlib import Path

import asdf
import numpy as np

from ..drizzling.drop import Drop
from ..files.atomic_write import atomic_write
from ..files.scratch import create_array, scratch_folder
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks
from ..grid.cutout_wcs import cutout_wcs
from ..workers import run_in_workers
from .exposures import MedianRecipe, drizzle_exposure, weigh_exposures
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
    exposures = weigh_exposures(members, grid, recipe, workers)
    ending = f"_outlier_{suffix}.asdf"
    with scratch_folder(listing) as scratch:
        names = [
            _save(exposure, grid, recipe, Path(listing).parent, ending, scratch / "exposure.npy", workers)
            for exposure in exposures
            if exposure.area
        ]
    with atomic_write(listing) as part:
        part.write_text("".join(f"{name}\n" for name in names))


def _save(exposure, grid, recipe, folder, ending, scratch, workers):
    area = exposure.area
    data, weight = create_array(scratch, np.float32, (2, *area.shape))
    tasks = [(exposure, block, recipe, str(scratch)) for block in cut_into_blocks(area, BLOCK_SIZE, recipe.drop.margin)]
    for _ in run_in_workers(_fill_block, tasks, workers, "block"):
        pass
    tree = {
        "data": np.asarray(data),
        "weight": np.asarray(weight),
        "wcs": cutout_wcs(grid.wcs, area.columns.start, area.rows.start, data.shape),
        "threshold": exposure.threshold,
        "group": exposure.group,
    }
    path = folder / f"{file_name(exposure.group)}{ending}"
    with atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part)
    return path.name


def _fill_block(exposure, block, recipe, path):
    target = np.load(path, mmap_mode="r+")
    target[(slice(None), *block.within(exposure.area))] = drizzle_exposure(exposure, block, recipe)


def file_name(group):
    """Make a group's part of its file's name: the group itself, or what is left of it and a hash of all of it."""
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", group)[:MAX_NAME]
    return name if name == group else f"{name}_{hashlib.sha256(group.encode()).hexdigest()[:8]}"
