"""Cut an output grid into blocks, and find the part of a member that falls into one."""

import itertools
from dataclasses import dataclass

import numpy as np

from . import pixel_map

LATTICE = 64


@dataclass(frozen=True)
class Block:
    """A rectangle of the output: `rows` and `columns` are its own, `outer_rows` and
    `outer_columns` what must be drizzled for it to be exact."""

    rows: slice
    columns: slice
    outer_rows: slice
    outer_columns: slice

    @property
    def outer_shape(self):
        """Shape (ny, nx) of the outer rectangle."""
        return (self.outer_rows.stop - self.outer_rows.start, self.outer_columns.stop - self.outer_columns.start)

    @property
    def inner(self):
        """Where the block's own pixels lie in the outer rectangle: two slices."""
        return tuple(
            slice(own.start - outer.start, own.stop - outer.start)
            for own, outer in ((self.rows, self.outer_rows), (self.columns, self.outer_columns))
        )

    def within(self, area):
        """Where the block's own pixels lie in a larger block: two slices."""
        return tuple(
            slice(own.start - whole.start, own.stop - whole.start)
            for own, whole in ((self.rows, area.rows), (self.columns, area.columns))
        )


def cut_into_blocks(area, size, margin):
    """Cut a grid, or a rectangle of it, into nearly equal blocks.

    Parameters
    ----------
    area : (int, int) or Block
        ny, nx of the grid, or the rectangle.
    size : int
        Largest height and width of a block.
    margin : int
        Pixels that are drizzled around a block and thrown away, see `Drop.margin`; none at the
        border of the area.

    Returns
    -------
    list of Block
    """

    def spans(whole):
        count = -(-(whole.stop - whole.start) // size)
        edges = np.linspace(whole.start, whole.stop, count + 1).round().astype(int).tolist()
        for start, stop in itertools.pairwise(edges):
            yield slice(start, stop), slice(max(whole.start, start - margin), min(whole.stop, stop + margin))

    height, width = (area.rows, area.columns) if isinstance(area, Block) else (slice(0, n) for n in area)
    return [
        Block(rows, columns, outer_rows, outer_columns)
        for rows, outer_rows in spans(height)
        for columns, outer_columns in spans(width)
    ]


def footprint_block(member, shape, margin):
    """Give the block of the grid that a member fills: a Block, or None if it lies outside.

    Parameters
    ----------
    member : GridMember
    shape : (int, int)
        ny, nx of the grid.
    margin : int
    """
    x, y = member.outline(LATTICE).T
    rows = slice(max(0, int(np.floor(y.min())) - margin), min(shape[0], int(np.ceil(y.max())) + margin + 1))
    columns = slice(max(0, int(np.floor(x.min())) - margin), min(shape[1], int(np.ceil(x.max())) + margin + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    return Block(rows, columns, rows, columns)


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
    basis_x = pixel_map.polynomial_basis(xs, x0, x1, member.coefficients.shape[1])
    basis_y = pixel_map.polynomial_basis(ys, y0, y1, member.coefficients.shape[0])
    u, v = (basis_y @ member.coefficients[..., c] @ basis_x.T for c in (0, 1))
    # One pixel more, for the curvature inside a cell.
    inside = _cells_between(u, block.outer_columns, reach + 1) & _cells_between(v, block.outer_rows, reach + 1)
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
