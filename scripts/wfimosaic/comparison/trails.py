"""Follow what was found: rays to the pixels beside them, trails across the stars that they cross."""

import numpy as np

from ..files.strips import strips
from ..grid.rectangle import Rectangle
from ..outliers.find_outliers import grown_mask

# A trail crosses where this many of the 5 x 5 pixels around are outliers: its edge has 10 on one side, a ray that is a
# pixel wide never more than 5.
HALF_BOX, IN_TRAIL = 2, 7
# How many pixels it is followed for, each time as far as a box reaches.
ROUNDS = 3


def reach(grow):
    """Return how far from a pixel others can decide about it [pixel]."""
    return grow + ROUNDS * HALF_BOX if grow else 0


def follow(first, beside, in_trail, grow):
    """Join what was found to what lies next to it and in trails.

    Parameters
    ----------
    first, beside : ndarray of bool, shape (ny, nx)
        What is an outlier anyway, and what is one next to those; `beside` is overwritten.
    in_trail : ndarray of int, shape (n,)
        Places in the flattened image of what is one in a trail.
    grow : int
        How far next to is [pixel]; where it is 0 nothing is followed.

    Returns
    -------
    ndarray of bool, shape (ny, nx)
        In a cutout pixels nearer to its border than `reach` may be decided otherwise than in the whole image.
    """
    whole = Rectangle.whole(first.shape)
    for rows in strips(whole.rows, first.shape[1]):
        strip = Rectangle(rows, whole.columns)
        near = strip.grown(grow, whole)
        beside[strip.slices] &= grown_mask(first[near.slices], grow)[strip.within(near)]
    return _along_trails(beside, in_trail) if grow else beside


def _along_trails(found, places):
    # Together in each round, so that a pixel depends on those within ROUNDS boxes, in whatever order they are taken.
    padded = np.pad(found, HALF_BOX)
    flat, width = padded.reshape(-1), padded.shape[1]
    row, column = np.divmod(places, found.shape[1])
    places = (row + HALF_BOX) * width + column + HALF_BOX
    box = (np.arange(-HALF_BOX, HALF_BOX + 1)[:, None] * width + np.arange(-HALF_BOX, HALF_BOX + 1)).ravel()
    for _ in range(ROUNDS):
        places = places[~flat[places]]
        around = np.zeros(len(places), np.uint8)
        for step in box:
            around += flat[places + step]
        flat[places[around >= IN_TRAIL]] = True
    return padded[HALF_BOX:-HALF_BOX, HALF_BOX:-HALF_BOX]
