"""The part of a member that falls on a block, in bands of rows that are no wider than they must be."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..grid.blocks import cells_in_block, span_of
from ..grid.pixel_map import BLOCK
from .drop import area_between


@dataclass(frozen=True)
class Band:
    """A rectangle of a member's pixels: `part`, its rows and columns.

    `positions` [output pixel], counted from the block's outer corner, are those of its pixels and of the pixels
    around them: ndarray of float64, shape (at least ny, at least nx, 2). `corner` is the row and column of its
    first pixel there.
    """

    part: tuple
    positions: np.ndarray
    corner: tuple


@dataclass(frozen=True)
class MemberPart:
    """The part of a member that falls on a block: `rows` and `columns`, and the `area` of the block that it falls into.

    `spans` has the rows and columns of each band, in order.
    """

    rows: slice
    columns: slice
    area: tuple
    spans: tuple
    _member: object
    _origin: tuple

    def bands(self):
        """Go through the part: an iterator of Band, whose positions are valid until the next is asked for."""
        mapped = self._member.map_of(self.columns, self._origin)
        tiles = self._tiles()
        # With one row before and one after, as drops reach between their neighbours.
        height = 2 + max(tile.stop - tile.start for tile in tiles)
        here, before = np.empty((2, height, self.columns.stop - self.columns.start, 2))
        for number, tile in enumerate(tiles):
            here, before = before, here
            columns = self._columns_around(tile)
            shown = slice(columns.start - self.columns.start, columns.stop - self.columns.start)
            mapped.fill(here[1 : 1 + tile.stop - tile.start, shown], tile, columns)
            if number:
                last = tiles[number - 1].stop - tiles[number - 1].start
                here[0], before[last + 1] = before[last], here[1]
                yield from self._bands_of(tiles[number - 1], before)
        yield from self._bands_of(tiles[-1], here)

    def _tiles(self):
        # Rows whose positions are computed at once; all of them where there is but one band.
        if len(self.spans) == 1:
            return [self.rows]
        edges = [self.rows.start, *range((self.rows.start // BLOCK + 1) * BLOCK, self.rows.stop, BLOCK), self.rows.stop]
        return [slice(*pair) for pair in pairwise(edges)]

    def _columns_around(self, tile):
        # Those of its bands and of the next before and after, and the pixels around them.
        near = [columns for rows, columns in self.spans if rows.stop >= tile.start and rows.start <= tile.stop]
        first, last = min(side.start for side in near) - 1, max(side.stop for side in near) + 1
        return slice(max(first, self.columns.start), min(last, self.columns.stop))

    def _bands_of(self, tile, positions):
        # Rows beyond the part are not known.
        first, last = max(tile.start - 1, self.rows.start), min(tile.stop + 1, self.rows.stop)
        known = positions[first - tile.start + 1 : last - tile.start + 1]
        for rows, columns in self.spans:
            if tile.start <= rows.start < tile.stop:
                yield Band((rows, columns), known, (rows.start - first, columns.start - self.columns.start))


def member_part(member, block, drop):
    """Find the part of a member that falls on a block.

    Parameters
    ----------
    member : GridMember
    block : Block
    drop : Drop
        Square drops are cut into bands; drizzle, which does the others, wants all at once.

    Returns
    -------
    MemberPart or None
    """
    cells = cells_in_block(member, block, drop.reach)
    if not cells.inside.any():
        return None
    rows, columns = cells.part()
    origin = (block.outer.columns.start, block.outer.rows.start)
    spans = _spans(cells, rows) if drop.kernel == "square" else ((rows, columns),)
    return MemberPart(rows, columns, _area(cells, block.outer.shape, origin, drop.reach + 1), spans, member, origin)


def _area(cells, shape, origin, reach):
    # Rows and columns of the block that pixels of the cells fall on.
    low, high = cells.low[:, cells.inside].min(axis=1), cells.high[:, cells.inside].max(axis=1)
    return area_between(low - origin - reach, high - origin + reach, shape)


def _spans(cells, rows):
    # Rows and columns of each band: a row of cells without those that do not touch the block.
    spans = []
    for start, stop, touched in zip(cells.y[:-1], cells.y[1:], cells.inside, strict=True):
        if touched.any():
            # The last row of pixels of a cell is the first of the next.
            end = rows.stop if stop + 1 == rows.stop else stop
            spans.append((slice(int(start), int(end)), span_of(cells.x, touched)))
    return tuple(spans)
