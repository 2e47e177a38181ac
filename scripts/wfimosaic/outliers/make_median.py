"""Make the median of the exposures, which shows the sky without cosmic rays."""

import logging

import numpy as np

from ..drizzling.drop import Drop
from ..errors import InputError
from ..files.scratch import create_array, scratch_folder
from ..files.strips import strips
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks
from ..grid.rectangle import Rectangle
from ..images.stored_image import stored_image
from ..images.weights import weighted_part
from ..workers import run_in_workers
from .exposures import Exposure, Layer, MedianRecipe, combine, drizzle_exposures, layer_weights, weight_threshold
from .median_image import MedianImage, write_median
from .median_of_stack import median_of_stack
from .members_on_grid import members_on_grid

log = logging.getLogger(__name__)

# Values of a block that are stacked at once.
STACK_SIZE = 2**23


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
    recipe = MedianRecipe(drop, weight_type, good_bits, maskpt, nlow, nhigh, method)
    make = _median_of_exposures if resample_data else _median_of_members
    with scratch_folder(output) as scratch:
        median = make(members, grid, recipe, scratch, workers)
        if median.skipped:
            log.warning("outlier detection is skipped: %s", median.skipped)
        write_median(output, median)


def _median_of_exposures(members, grid, recipe, scratch, workers):
    if len(grid.groups()) < 2:
        return _no_median("there is only one exposure")
    exposures = drizzle_exposures(members, grid, recipe, scratch, workers)
    return MedianImage(_median_of(exposures, grid.shape, recipe, scratch, workers), grid.stored_wcs())


def _median_of_members(members, grid, recipe, scratch, workers):
    if len(members) < 2:
        return _no_median("there is only one member")
    shapes = {member.shape for member in grid.members}
    if len(shapes) > 1:
        raise InputError("outlier_detection.resample_data is false, but the members differ in shape: set it to true")
    exposures = [
        _stacked(member, path, recipe, str(scratch / f"{k}.npy"))
        for k, (member, path) in enumerate(zip(grid.members, members, strict=True))
    ]
    return MedianImage(_median_of(exposures, shapes.pop(), recipe, scratch, workers))


def _no_median(reason):
    return MedianImage(np.full((1, 1), np.nan, np.float32), skipped=reason)


def _median_of(exposures, shape, recipe, scratch, workers):
    path = scratch / "median.npy"
    create_array(path, np.float32, shape)
    tasks = [(exposures, block, recipe, str(path)) for block in cut_into_blocks(Rectangle.whole(shape), BLOCK_SIZE, 0)]
    for _ in run_in_workers(_write_median_block, tasks, workers, "block"):
        pass
    return np.asarray(np.load(path, mmap_mode="r"))


def _write_median_block(exposures, block, recipe, path):
    near = [(e, [layer for layer in e.layers if layer.area.overlap(block)]) for e in exposures]
    near = [(e, layers) for e, layers in near if layers]
    target = np.load(path, mmap_mode="r+")
    width = block.shape[1]
    height = max(1, STACK_SIZE // (width * max(1, len(near))))
    for row in range(block.rows.start, block.rows.stop, height):
        area = Rectangle(slice(row, min(row + height, block.rows.stop)), block.columns)
        stack = np.full((len(near), *area.shape), np.nan, np.float32)
        for k, (exposure, layers) in enumerate(near):
            image, weight = combine(layers, area)
            stack[k] = np.where(weight < exposure.threshold, np.nan, image)
        for strip in strips(slice(0, stack.shape[1]), width * len(near)):
            lower = recipe.method == "pairwise"
            target[area.slices][strip] = median_of_stack(stack[:, strip], recipe.nlow, recipe.nhigh, lower)


def _stacked(member, path, recipe, output):
    image = stored_image(path)
    whole = Rectangle.whole(member.shape)
    data, weight, _ = weighted_part(image, whole.slices, recipe.weight_type, recipe.good_bits)
    data[weight == 0] = np.nan
    np.save(output, np.stack([data, weight]))
    layers = [Layer(whole, output)]
    return Exposure(member.group, layers, weight_threshold(layer_weights(layers), recipe.maskpt))
