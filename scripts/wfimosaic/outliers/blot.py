"""The median as a member saw it."""

import numpy as np
from drizzle.resample import blot_image

from ..grid import pixel_map
from ..grid.blocks import footprint_block

# The linear interpolation of the median reaches one pixel; one more for rounding.
BLOT_MARGIN = 2


def blot(median, member, fillval=np.nan, origin=(0, 0)):
    """Show the median as a member saw it, by linear interpolation.

    Parameters
    ----------
    median : ndarray of float32
        On the grid, or a part of it.
    member : GridMember
    fillval : float
        Where the median has no pixels.
    origin : (int, int)
        Grid x and y of the median's first pixel.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
    """
    ny, nx = member.shape
    blotted = np.full(member.shape, fillval, np.float32)
    if median.size:
        for row in range(0, ny, pixel_map.BLOCK):
            rows = slice(row, min(row + pixel_map.BLOCK, ny))
            positions = member.pixel_map(rows, slice(0, nx), origin)
            blot_image(median, positions, out_img=blotted[rows], fillval=fillval, interp="linear")
    return blotted


def part_seen(median, member):
    # The part of the median that a member needs, and where it begins.
    block = footprint_block(member, median.shape, BLOT_MARGIN)
    if block is None:
        return median[:0], (0, 0)
    part = np.ascontiguousarray(median[block.rows, block.columns], dtype=np.float32)
    return part, (block.columns.start, block.rows.start)


def steepest_step(image):
    """Give each pixel's largest absolute difference to its four neighbours, NaN where it is NaN."""
    steepest = np.where(np.isnan(image), np.float32(np.nan), np.float32(0))
    for axis in (0, 1):
        step = np.abs(np.diff(image, axis=axis))
        for side in _neighbours(steepest, axis):
            np.fmax(side, step, out=side, where=~np.isnan(side))
    return steepest


def _neighbours(image, axis):
    # Views of all pixels but the last along an axis, and of all but the first.
    return (image[:-1], image[1:]) if axis == 0 else (image[:, :-1], image[:, 1:])
