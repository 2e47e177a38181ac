"""Find the bright stars of a median."""

import itertools
from dataclasses import dataclass

import numpy as np

from ..grid.rectangle import Rectangle

# In blocks of this size [detector pixel].
BLOCK = 4
# Side of the square whose mean says how bright a star is: hardly more or less wherever it falls on the pixels
# [detector pixel].
SQUARE = 2
# What is this near to a brighter place, in x and in y [detector pixel], or has less than this share of the light of one
# in the blocks around, is the same star.
SAME_STAR, WING = 3, 0.1


@dataclass(frozen=True)
class Stars:
    """Bright places of a median: arrays of shape (n,), ordered by y.

    `x`, `y` on the lattice of the grid, `light` as the mean of a square of `SQUARE` detector pixels [MJy/sr].
    """

    x: np.ndarray
    y: np.ndarray
    light: np.ndarray


def bright_stars(median, reach, pixel_scale_ratio=1.0, origin=(0, 0), part=None):
    """Find the places in a median that are brighter than those beside them.

    Parameters
    ----------
    median : ndarray of float32, shape (ny, nx)
        On the grid [MJy/sr]; NaN where there is none.
    reach : float
        How far their light matters [detector pixel].
    pixel_scale_ratio : float
        The grid's pixel scale over the detector's.
    origin : (int, int)
        The first pixel's x and y on a lattice, which blocks are counted on.
    part : Rectangle, optional
        The pixels around which they are wanted, if not everywhere.

    Returns
    -------
    Stars
        Around a part as far as their light reaches into it, and some more that are not to be relied on.
    """
    size, square = (max(1, round(length / pixel_scale_ratio)) for length in (BLOCK, SQUARE))
    first = np.array(origin)
    if part is not None:
        cut = part.grown((-(-reach // BLOCK) + 2) * size, Rectangle.whole(median.shape))
        if not cut:
            return Stars(*np.zeros((3, 0)))
        first += [cut.columns.start, cut.rows.start]
        median = median[cut.slices]
    light, *place = _brightest_squares(median, size, square, [int(start) % size for start in first])
    y, x = (
        int(start) // size * size + size * block + within
        for start, block, within in zip(first[::-1], np.indices(light.shape, np.int32), place, strict=True)
    )
    counts = (light > 0) & ~_beside_brighter(light, x, y, SAME_STAR / pixel_scale_ratio)
    order = np.argsort(y[counts], kind="stable")
    middle = (square - 1) / 2
    return Stars(x[counts][order] + middle, y[counts][order] + middle, light[counts][order])


def _beside_brighter(light, x, y, distance):
    # Whether one of the blocks around has a place so near or so much brighter that both are the same star.
    beside = np.zeros(light.shape, bool)
    ny, nx = light.shape
    for up, across in itertools.product((-1, 0, 1), repeat=2):
        there, here = (
            tuple(slice(max(0, step), n + min(0, step)) for step, n in ((sign * up, ny), (sign * across, nx)))
            for sign in (1, -1)
        )
        near = (np.abs(x[there] - x[here]) <= distance) & (np.abs(y[there] - y[here]) <= distance)
        beside[here] |= near & (light[there] > light[here]) | (light[here] < WING * light[there])
    return beside


def _brightest_squares(median, size, square, skipped):
    # Of each block of the lattice the mean of the brightest square that begins there, and its row and column in it.
    left, below = skipped
    ny, nx = median.shape
    rows, columns = (-(-(length + before) // size) for length, before in zip((ny, nx), (below, left), strict=True))
    light, place = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.int32)
    wide = columns * size + square - 1
    for k in range(rows):
        start = k * size - below
        strip = np.zeros((size + square - 1, wide), np.float32)
        some = median[max(0, start) : start + size + square - 1]
        strip[max(0, -start) : max(0, -start) + len(some), left : left + nx] = np.nan_to_num(some, nan=0.0)
        total = sum(strip[i : i + size] for i in range(square))
        total = sum(total[:, j : wide - square + 1 + j] for j in range(square))
        blocks = total.reshape(size, columns, size).transpose(1, 0, 2).reshape(columns, -1)
        place[k] = blocks.argmax(axis=1)
        light[k] = np.take_along_axis(blocks, place[k][:, None], axis=1)[:, 0] / square**2
    return light, *np.divmod(place, size)
