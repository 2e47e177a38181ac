"""The median as a member saw it."""

import numpy as np
from drizzle.resample import blot_image

from ..grid import pixel_map
from ..grid.blocks import footprint
from ..grid.rectangle import Rectangle

# The linear interpolation of the median reaches one pixel; one more for rounding.
BLOT_MARGIN = 2


def blot(median, member, fillval=np.nan, cutout=None):
    """Interpolate the median linearly where a member's pixels fall on it.

    Parameters
    ----------
    median : ndarray of float32
        On the grid. Only the part that the member falls on is read.
    member : GridMember
    fillval : float
        Where the median has no pixels.
    cutout : Rectangle, optional
        The part of the member that is wanted. Its values are those of the whole to the last bit.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
    """
    cutout = Rectangle.whole(member.shape) if cutout is None else cutout
    blotted = np.empty(cutout.shape, np.float32)
    for part, seen in blot_in_parts(median, member, fillval, cutout):
        blotted[part.within(cutout)] = seen
    return blotted


def blot_in_parts(median, member, fillval, cutout):
    """Yield the parts of a cutout (Rectangle), from its first row to its last, and what `blot` makes of each."""
    # drizzle rounds positions to single precision: what is counted from another origin is rounded otherwise.
    area = footprint(member, median.shape, BLOT_MARGIN)
    seen = np.ascontiguousarray(median[area.slices], dtype=np.float32) if area else None
    for row in range(cutout.rows.start, cutout.rows.stop, pixel_map.BLOCK):
        part = Rectangle(slice(row, min(row + pixel_map.BLOCK, cutout.rows.stop)), cutout.columns)
        blotted = np.full(part.shape, fillval, np.float32)
        if area:
            positions = member.pixel_map(*part.slices, (area.columns.start, area.rows.start))
            blot_image(seen, positions, out_img=blotted, fillval=fillval, interp="linear")
        yield part, blotted
