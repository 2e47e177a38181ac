"""Cut an output grid into blocks, and find the part of a member that falls into one."""

import itertools
from dataclasses import dataclass

import numpy as np

from .rectangle import Rectangle

LATTICE = 64
HALVES = (slice(None, -1), slice(1, None))


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
    cells = cells_in_block(member, block, reach)
    return cells.part() if cells.inside.any() else None


@dataclass(frozen=True)
class Cells:
    """The cells between rows `y` and columns `x` of a member, those that touch a block, and from where to where on the
    grid each reaches: `low` and `high` have the shape (2, rows, columns), x and y.
    """

    y: np.ndarray
    x: np.ndarray
    inside: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def part(self):
        """Rows and columns of those that touch the block: two slices."""
        return span_of(self.y, self.inside.any(axis=1)), span_of(self.x, self.inside.any(axis=0))


def span_of(lines, touched):
    """Find the pixels from the first to the last touched cell, borders included: a slice.

    Parameters
    ----------
    lines : ndarray of float64, shape (n + 1,)
        The rows or columns of pixels between which cells lie.
    touched : ndarray of bool, shape (n,)
    """
    found = np.flatnonzero(touched)
    return slice(int(lines[found[0]]), int(lines[found[-1] + 1]) + 1)


def cells_in_block(member, block, reach):
    """Find the cells of a member that touch a block, see `part_in_block`: Cells."""
    x0, x1, y0, y1 = member.box
    x, y = _lattice(np.ceil(x0), np.floor(x1)), _lattice(np.ceil(y0), np.floor(y1))
    positions = member.positions_between(x, y)
    corners = np.stack([positions[:, rows, columns] for rows in HALVES for columns in HALVES])
    low, high = corners.min(axis=0), corners.max(axis=0)
    # One pixel more, for the curvature inside a cell.
    spans = np.array([[side.start, side.stop - 1] for side in (block.outer.columns, block.outer.rows)])[..., None, None]
    inside = ((high >= spans[:, 0] - reach - 1) & (low <= spans[:, 1] + reach + 1)).all(axis=0)
    return Cells(y, x, inside, low, high)


def _lattice(first, last):
    return np.append(np.arange(first, last, LATTICE), last)
