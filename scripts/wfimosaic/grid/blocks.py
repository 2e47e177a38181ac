"""Cut an output grid into blocks, and find the part of a member that falls into one."""

import itertools
from dataclasses import dataclass

import numpy as np

from .rectangle import Rectangle

LATTICE = 64


@dataclass(frozen=True)
class Block(Rectangle):
    """A rectangle of the output and `outer`, the one that must be drizzled for it to be exact."""

    outer: Rectangle

    @property
    def inner(self):
        """Where the block's own pixels lie in the outer rectangle: two slices."""
        return self.within(self.outer)


def cut_into_blocks(area, size, margin):
    """Cut a rectangle of a grid into nearly equal blocks.

    Parameters
    ----------
    area : Rectangle
    size : int
        Largest height and width of a block.
    margin : int
        Pixels that are drizzled around a block and thrown away, see `Drop.margin`; none at the
        border of the area.

    Returns
    -------
    list of Block
    """

    def spans(side):
        count = -(-(side.stop - side.start) // size)
        edges = np.linspace(side.start, side.stop, count + 1).round().astype(int).tolist()
        return [slice(start, stop) for start, stop in itertools.pairwise(edges)]

    return [
        Block(rows, columns, Rectangle(rows, columns).grown(margin, area))
        for rows, columns in itertools.product(spans(area.rows), spans(area.columns))
    ]


def footprint(member, shape, margin):
    """Find the rectangle of the grid that a member falls into: a Rectangle, empty if it lies outside.

    Parameters
    ----------
    member : GridMember
    shape : (int, int)
        ny, nx of the grid.
    margin : int
    """
    x, y = member.outline(LATTICE).T
    rows, columns = (slice(int(np.floor(side.min())), int(np.ceil(side.max())) + 1) for side in (y, x))
    return Rectangle(rows, columns).grown(margin, Rectangle.whole(shape))


def part_in_block(member, block, reach):
    """Find the part of a member that touches a block.

    Parameters
    ----------
    member : GridMember
    block : Block
    reach : float
        How far from its centre a pixel's flux may go [output pixel].

    Returns
    -------
    (slice, slice) or None
        Rows and columns of the member, inside its box.
    """
    x0, x1, y0, y1 = member.box
    xs, ys = _lattice(np.ceil(x0), np.floor(x1)), _lattice(np.ceil(y0), np.floor(y1))
    u, v = member.positions_between(xs, ys)
    # One pixel more, for the curvature inside a cell.
    inside = _cells_between(u, block.outer.columns, reach + 1) & _cells_between(v, block.outer.rows, reach + 1)
    if not inside.any():
        return None
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return (
        slice(int(ys[rows[0]]), int(ys[rows[-1] + 1]) + 1),
        slice(int(xs[columns[0]]), int(xs[columns[-1] + 1]) + 1),
    )


def _lattice(first, last):
    return np.append(np.arange(first, last, LATTICE), last)


def _cells_between(values, span, reach):
    corners = np.stack([values[:-1, :-1], values[1:, :-1], values[:-1, 1:], values[1:, 1:]])
    return (corners.max(axis=0) >= span.start - reach) & (corners.min(axis=0) <= span.stop - 1 + reach)
