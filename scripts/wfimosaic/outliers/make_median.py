"""Make the median of the exposures, which shows the sky without cosmic rays."""

import logging
import math

import numpy as np

from ..drizzling.drop import Drop
from ..errors import InputError
from ..files.scratch import scratch_folder
from ..files.strips import strips
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks
from ..grid.rectangle import Rectangle
from ..workers import run_in_workers
from .exposures import MedianRecipe, drizzle_exposure, weigh_exposure, weigh_exposures
from .median_image import finish_median, new_median
from .median_of_stack import median_of_stack
from .members_on_grid import members_on_grid

log = logging.getLogger(__name__)

# Most values of a block that are stacked at once.
STACK_SIZE = 2**25


def make_median(
    members,
    grid,
    output,
    weight_type="ivm-sky",
    pixfrac=1.0,
    kernel="square",
    maskpt=0.7,
    good_bits="~DO_NOT_USE+NON_SCIENCE",
    nlow=0,
    nhigh=0,
    resample_data=True,
    method="pairwise",
    workers=1,
):
    """Write the median image of all exposures.

    Parameters
    ----------
    members : list of str
        `_skymatch` files: see `members_on_grid`.
    grid : str
        The outlier grid's file.
    output : str
        See `MedianImage`.
    weight_type, pixfrac, kernel, maskpt, good_bits, nlow, nhigh, method
        See `MedianRecipe`.
    resample_data : bool
        Whether to drizzle the exposures onto the grid, or to stack the members as they are.
    workers : int

    References
    ----------
    romancal outlier_detection; Fruchter & Hook 2002, PASP 114, 144, section 5.
    """
    grid, members = members_on_grid(grid, members)
    drop = Drop(kernel, pixfrac, grid.pixel_scale_ratio)
    recipe = MedianRecipe(drop if resample_data else None, weight_type, good_bits, maskpt, nlow, nhigh, method)
    find = _exposures if resample_data else _members_as_they_are
    with scratch_folder(output) as scratch:
        shape, exposures, skipped = find(members, grid, recipe, workers)
        if skipped:
            log.warning("outlier detection is skipped: %s", skipped)
        file = new_median(scratch, shape)
        _fill(file.places["data"], exposures, recipe, workers)
        finish_median(file, output, grid.stored_wcs() if resample_data and not skipped else None, skipped)


def _exposures(members, grid, recipe, workers):
    # The median's shape, what it is made of, and why it is not.
    if len(grid.groups()) < 2:
        return (1, 1), [], "there is only one exposure"
    return grid.shape, weigh_exposures(members, grid, recipe, workers), None


def _members_as_they_are(members, grid, recipe, _):
    if len(members) < 2:
        return (1, 1), [], "there is only one member"
    shapes = {member.shape for member in grid.members}
    if len(shapes) > 1:
        raise InputError("outlier_detection.resample_data is false, but the members differ in shape: set it to true")
    alone = [
        weigh_exposure(member.group, [(member, path)], member.shape, recipe)
        for member, path in zip(grid.members, members, strict=True)
    ]
    return shapes.pop(), alone, None


def _fill(place, exposures, recipe, workers):
    tasks = [(_near(exposures, block), block, recipe, place) for block in _blocks(exposures, place.shape, recipe)]
    for _ in run_in_workers(_fill_block, tasks, workers, "block"):
        pass


def _blocks(exposures, shape, recipe):
    # So small that what the exposures have in the deepest one fits into the memory of a worker.
    margin, whole = recipe.drop.margin if recipe.drop else 0, Rectangle.whole(shape)
    deepest = max(len(_near(exposures, block)) for block in cut_into_blocks(whole, BLOCK_SIZE, 0))
    return cut_into_blocks(whole, min(BLOCK_SIZE, math.isqrt(STACK_SIZE // max(1, deepest))), margin)


def _near(exposures, block):
    return [exposure for exposure in exposures if exposure.area and exposure.area.overlap(block)]


def _fill_block(exposures, block, recipe, place):
    # Not in one array: workers keep memory of this size for the next block.
    images = [drizzle_exposure(exposure, block, recipe)[0] for exposure in exposures]
    target = place.map()[block.slices]
    lower = recipe.method == "pairwise"
    for rows in strips(slice(0, block.shape[0]), block.shape[1] * max(1, len(images))):
        stack = np.array([image[rows] for image in images], np.float32).reshape(-1, *target[rows].shape)
        target[rows] = median_of_stack(stack, recipe.nlow, recipe.nhigh, lower)
