"""The median as a member saw it."""

import numpy as np
from drizzle.resample import blot_image

from ..grid import pixel_map
from ..grid.blocks import footprint_block

# The linear interpolation of the median reaches one pixel; one more for rounding.
BLOT_MARGIN = 2


def blot(median, member, fillval=np.nan, rows=None, columns=None):
    """Interpolate the median linearly where a member's pixels fall on it.

    Parameters
    ----------
    median : ndarray of float32
        On the grid. Only the part that the member falls on is read.
    member : GridMember
    fillval : float
        Where the median has no pixels.
    rows, columns : slice, optional
        The part of the member that is wanted. Its values are those of the whole to the last bit.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
    """
    rows, columns = rows or slice(0, member.shape[0]), columns or slice(0, member.shape[1])
    blotted = np.full((rows.stop - rows.start, columns.stop - columns.start), fillval, np.float32)
    # drizzle rounds positions to single precision: what is counted from another origin is rounded otherwise.
    block = footprint_block(member, median.shape, BLOT_MARGIN)
    if block is None:
        return blotted
    seen = np.ascontiguousarray(median[block.rows, block.columns], dtype=np.float32)
    origin = (block.columns.start, block.rows.start)
    for row in range(rows.start, rows.stop, pixel_map.BLOCK):
        strip = slice(row, min(row + pixel_map.BLOCK, rows.stop))
        target = blotted[strip.start - rows.start : strip.stop - rows.start]
        positions = member.pixel_map(strip, columns, origin)
        blot_image(seen, positions, out_img=target, fillval=fillval, interp="linear")
    return blotted
