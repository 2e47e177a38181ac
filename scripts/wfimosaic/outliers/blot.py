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
    blotted = np.full(cutout.shape, fillval, np.float32)
    # drizzle rounds positions to single precision: what is counted from another origin is rounded otherwise.
    area = footprint(member, median.shape, BLOT_MARGIN)
    if not area:
        return blotted
    seen = np.ascontiguousarray(median[area.slices], dtype=np.float32)
    origin = (area.columns.start, area.rows.start)
    for row in range(cutout.rows.start, cutout.rows.stop, pixel_map.BLOCK):
        strip = Rectangle(slice(row, min(row + pixel_map.BLOCK, cutout.rows.stop)), cutout.columns)
        target = blotted[strip.within(cutout)]
        positions = member.pixel_map(*strip.slices, origin)
        blot_image(seen, positions, out_img=target, fillval=fillval, interp="linear")
    return blotted
