"""Make the median of the exposures, which shows the sky without cosmic rays."""

import logging

import asdf
import numpy as np

from ..errors import InputError
from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf
from ..files.scratch import create_array, scratch_folder
from ..files.strips import strips
from ..grid.blocks import Block, cut_into_blocks
from ..grid.grid import read_grid
from ..images.flags import good_pixels
from ..images.stored_image import stored_image
from ..images.weights import pixel_weights
from ..workers import run_in_workers
from .exposures import Exposure, Layer, combine, drizzle_exposures, layer_weights, weight_threshold

log = logging.getLogger(__name__)

BLOCK_SIZE = 2048
# Values of a block that are stacked at once.
STACK_SIZE = 2**23
# Larger stacks are sorted by numpy, whose time grows more slowly.
MAX_IN_NETWORK = 32


def make_median(
    members,
    grid,
    output,
    weight_type="ivm",
    pixfrac=1.0,
    kernel="square",
    maskpt=0.7,
    good_bits="~DO_NOT_USE+NON_SCIENCE",
    nlow=0,
    nhigh=0,
    resample_data=True,
    workers=1,
):
    """Write the median image of all exposures.

    Parameters
    ----------
    members : list of str
        `_skymatch` files, in the grid's order.
    grid : str
        The outlier grid's file.
    output : str
        An ASDF file with `data` [MJy/sr, float32], `wcs` and `skipped` (None, or why there is no
        median). Without `resample_data` it is in the pixels of the detector.
    weight_type, pixfrac, kernel, maskpt, good_bits
        See `drizzle_exposure`.
    nlow, nhigh : int
        Lowest and highest values of each pixel to drop first.
    resample_data : bool
        Whether to drizzle the exposures onto the grid, or to stack the members as they are.
    workers : int

    References
    ----------
    romancal outlier_detection; Fruchter & Hook 2002, PASP 114, 144, section 5.
    """
    grid = read_grid(grid)
    with scratch_folder(output) as scratch:
        skipped = None
        if len(grid.groups() if resample_data else members) < 2:
            skipped = "there is only one exposure" if resample_data else "there is only one member"
            log.warning("outlier detection is skipped: %s", skipped)
            data = np.full((1, 1), np.nan, np.float32)
        elif resample_data:
            exposures = drizzle_exposures(
                members, grid, scratch, weight_type, pixfrac, kernel, maskpt, good_bits, workers
            )
            data = _median_of(exposures, grid.shape, scratch, nlow, nhigh, workers)
        else:
            data = _median_of_members(members, grid, scratch, maskpt, good_bits, nlow, nhigh, workers)
        with plain_asdf(), asdf.open(grid.path) as file, atomic_write(output) as part:
            wcs = file["wcs"] if resample_data and not skipped else None
            asdf.AsdfFile({"data": data, "wcs": wcs, "skipped": skipped}).write_to(part, write_checksums=False)


def _median_of(exposures, shape, scratch, nlow, nhigh, workers):
    path = scratch / "median.npy"
    create_array(path, np.float32, shape)
    tasks = [(exposures, block, str(path), nlow, nhigh) for block in cut_into_blocks(shape, BLOCK_SIZE, 0)]
    for _ in run_in_workers(_write_median_block, tasks, workers, "block"):
        pass
    return np.asarray(np.load(path, mmap_mode="r"))


def _write_median_block(exposures, block, path, nlow, nhigh):
    def touches(layer):
        pairs = ((layer.block.rows, block.rows), (layer.block.columns, block.columns))
        return all(a.start < b.stop and b.start < a.stop for a, b in pairs)

    here = [(e, [layer for layer in e.layers if touches(layer)]) for e in exposures]
    here = [(e, layers) for e, layers in here if layers]
    target = np.load(path, mmap_mode="r+")
    width = block.columns.stop - block.columns.start
    height = max(1, STACK_SIZE // (width * max(1, len(here))))
    for row in range(block.rows.start, block.rows.stop, height):
        rows = slice(row, min(row + height, block.rows.stop))
        stack = np.full((len(here), rows.stop - rows.start, width), np.nan, np.float32)
        for k, (exposure, layers) in enumerate(here):
            image, weight = combine(layers, rows, block.columns)
            stack[k] = np.where(weight < exposure.threshold, np.nan, image)
        for strip in strips(slice(0, stack.shape[1]), width * len(here)):
            own = slice(rows.start + strip.start, rows.start + strip.stop)
            target[own, block.columns] = median_of_stack(stack[:, strip], nlow, nhigh)


def median_of_stack(stack, nlow=0, nhigh=0):
    """Give the median of each pixel of a stack.

    Parameters
    ----------
    stack : ndarray of float32, shape (n, ny, nx)
        NaN is no value. Sorted in place.
    nlow, nhigh : int
        Values to drop first.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        NaN where nothing is left.
    """
    if len(stack) == 0:
        return np.full(stack.shape[1:], np.nan, np.float32)
    left = np.isfinite(stack).sum(axis=0) - nlow - nhigh
    sort_stack(stack)
    middle = np.stack([nlow + (left - 1) // 2, nlow + left // 2])
    low, high = np.take_along_axis(stack, np.clip(middle, 0, len(stack) - 1), axis=0)
    return np.where(left > 0, (low + high) / np.float32(2), np.float32(np.nan))


def sort_stack(stack):
    """Sort each pixel's values in place, those that are not finite last.

    numpy sorts each pixel on its own; Batcher's odd-even merge network compares whole images, which for
    four values takes a tenth of the time (Knuth, The Art of Computer Programming, vol. 3, 5.3.4).

    Parameters
    ----------
    stack : ndarray of float32, shape (n, ny, nx)
    """
    if len(stack) > MAX_IN_NETWORK:
        stack.sort(axis=0)
        return
    stack[~np.isfinite(stack)] = np.inf
    lower = np.empty_like(stack[0])
    for i, j in _network(len(stack)):
        np.minimum(stack[i], stack[j], out=lower)
        np.maximum(stack[i], stack[j], out=stack[j])
        stack[i] = lower


def _network(count):
    size = 1 << (count - 1).bit_length()
    p = 1
    while p < size:
        k = p
        while k >= 1:
            for j in range(k % p, size - k, 2 * k):
                for i in range(min(k, size - j - k)):
                    if (i + j) // (2 * p) == (i + j + k) // (2 * p) and i + j + k < count:
                        yield i + j, i + j + k
            k //= 2
        p *= 2


def _median_of_members(members, grid, scratch, maskpt, good_bits, nlow, nhigh, workers):
    shapes = {member.shape for member in grid.members}
    if len(shapes) > 1:
        raise InputError("outlier_detection.resample_data is false, but the members differ in shape: set it to true")
    exposures = [
        _stacked(member, path, str(scratch / f"{k}.npy"), maskpt, good_bits)
        for k, (member, path) in enumerate(zip(grid.members, members, strict=True))
    ]
    return _median_of(exposures, shapes.pop(), scratch, nlow, nhigh, workers)


def _stacked(member, path, output, maskpt, good_bits):
    image = stored_image(path)
    data = image.read("data") - image.level
    good = good_pixels(data, image.read("dq"), good_bits)
    weight = pixel_weights("ivm", good, image.read("var_rnoise"))
    np.save(output, np.stack([np.where(good, data, np.nan), weight]))
    rows, columns = (slice(0, n) for n in member.shape)
    layers = [Layer(Block(rows, columns, rows, columns), output)]
    return Exposure(member.group, layers, weight_threshold(layer_weights(layers), maskpt))
