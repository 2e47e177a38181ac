"""The drops of some pixels of a member, each on a stamp of its own."""

from dataclasses import dataclass

import numpy as np

from ..drizzling.drop import Drop
from ..drizzling.member_on_block import MemberOnBlock
from ..grid.blocks import Block
from ..grid.grid import GridMember
from ..grid.rectangle import Rectangle

# Sampled rows and columns of a member in a block, at most; as many pixels of all members together, about.
MAX_LINES, MAX_SAMPLES = 32, 2**14
# Width of the canvas on which stamps lie side by side [pixel].
CANVAS = 1024


@dataclass(frozen=True)
class Sample:
    """Pixels of a member where sampled rows and columns cross.

    `weight` and `noise`, the standard deviation, have the shape (rows, columns); each pixel stands for `pixels` pixels.
    """

    member: GridMember
    rows: np.ndarray
    columns: np.ndarray
    weight: np.ndarray
    noise: np.ndarray
    pixels: float


def stamp_size(drop):
    """Return the width of a stamp on which a drop has room wherever in the middle pixel it lies: int, odd."""
    return 2 * int(np.ceil(drop.reach + 0.5)) + 1


class Sampler:
    """Samples a part of a member where some of its rows and columns cross.

    They are spread evenly, but at random, so that they follow no pattern.

    Parameters
    ----------
    member : GridMember
    part : MemberPart
    drop : Drop
    seed : (int, int)
        Number of members of the block and the member's number.
    """

    def __init__(self, member, part, drop, seed):
        most = min(MAX_LINES, int(np.sqrt(MAX_SAMPLES / seed[0])), CANVAS // stamp_size(drop))
        rng = np.random.default_rng((*seed, part.rows.start, part.columns.start))
        self._member, self._shape = member, [side.stop - side.start for side in (part.rows, part.columns)]
        lines = [_spread(length, max(2, min(most, length)), rng) for length in self._shape]
        self._lines = [side.start + line for side, line in zip((part.rows, part.columns), lines, strict=True)]
        self._weight, self._noise = np.zeros((2, *map(len, self._lines)), np.float32)

    def look_at(self, part, weight, roots):
        """Take samples from some rows and columns of the part: from outside of all of these nothing falls on the block.

        Parameters
        ----------
        part : (slice, slice)
        weight : ndarray of float32, shape of the part
        roots : sequence of ndarray of float32, shape of the part
            The roots of its variances.
        """
        chosen = [(lines >= side.start) & (lines < side.stop) for lines, side in zip(self._lines, part, strict=True)]
        found = [lines[own] - side.start for lines, own, side in zip(self._lines, chosen, part, strict=True)]
        crossing, target = np.ix_(*found), np.ix_(*chosen)
        known = [np.nan_to_num(root[crossing], posinf=0) for root in roots]
        self._weight[target] = weight[crossing]
        self._noise[target] = np.sqrt(np.sum(np.square(known), axis=0, dtype=np.float32))

    def found(self):
        """All that was found: Sample."""
        pixels = np.prod(self._shape) / self._weight.size
        return Sample(self._member, *self._lines, self._weight, self._noise, float(pixels))


def _spread(length, count, rng):
    edges = np.linspace(0, length, count + 1)
    return np.minimum(edges[:-1] + rng.random(count) * np.diff(edges), length - 1).astype(int)


def drops_of(sample, drop: Drop):
    """Drizzle the pixels of a sample, each by itself.

    Returns
    -------
    stamps : ndarray of float32, shape (number of pixels, size, size)
        The part of each pixel's flux that falls into each output pixel.
    first : ndarray of int, shape (number of pixels, 2)
        Row and column of the grid that a stamp's first pixel is.
    """
    size, (ny, nx) = stamp_size(drop), sample.weight.shape
    # Corners of square drops lie between a pixel and its neighbours. Others know no neighbours, and drizzle looks for
    # what falls on its output as if positions were smooth.
    around = np.arange(-1, 2) if drop.kernel == "square" else np.zeros(1, int)
    step, middle = around.size, around.size // 2
    lines = ((line[:, None] + around).ravel() for line in (sample.columns, sample.rows))
    positions = sample.member.positions_between(*lines)
    first = np.floor(positions[:, middle::step, middle::step] + 0.5).astype(int) - size // 2
    # With an empty stamp around all, as nothing may fall near the border.
    place = np.stack(np.meshgrid(size * np.arange(1, nx + 1), size * np.arange(1, ny + 1)))
    positions -= np.repeat(np.repeat(first - place, step, axis=1), step, axis=2)
    weight = np.zeros(positions.shape[1:], np.float32)
    weight[middle::step, middle::step] = 1
    area = Rectangle.whole(((ny + 2) * size, (nx + 2) * size))
    canvas = MemberOnBlock(Block(*area.slices, area))
    canvas.weight[:] = 0
    canvas.drizzle(weight[None], weight, np.ascontiguousarray(np.moveaxis(positions, 0, -1)), drop)
    stamps = canvas.weight.reshape(ny + 2, size, nx + 2, size)[1:-1, :, 1:-1]
    return stamps.swapaxes(1, 2).reshape(-1, size, size), first[::-1].reshape(2, -1).T
