"""The light of bright stars in the pixels around them: rings and spikes, which turn with the telescope."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..grid.rectangle import Rectangle

# Bright stars are looked for in blocks of this size, and matter as far as this [detector pixel].
BLOCK = 4
REACH = 32
# Side of the square whose mean says how bright a star is: hardly more or less wherever it falls on the pixels
# [detector pixel].
SQUARE = 2
# What is this near to a brighter place, in x and in y [detector pixel], or has less than this share of the light of one
# in the blocks around, is the same star; what is fainter than this [err] does not matter.
APART, WING, FAINT = 3, 0.1, 10
# Beyond this distance of its centre a star's light is rings and spikes [detector pixel].
OUTSIDE = 6.0
# As far as this it is the core's own pattern, to which the obscurations of the pupil give corners; it grows with the
# wavelength [detector pixel].
CORNERS_REACH = {"F062": 3.5, "F087": 3.75, "F106": 3.75, "F129": 4.5, "F146": 4.75, "F158": 5.0, "F184": 5.25}
FARTHEST_CORNERS = 6.0


@dataclass(frozen=True)
class Stars:
    """Bright places of a median: arrays of shape (n,), ordered by y.

    `x`, `y` on the lattice of the grid, `light` as the mean of a square of `SQUARE` detector pixels [MJy/sr].
    """

    x: np.ndarray
    y: np.ndarray
    light: np.ndarray


def bright_stars(median, pixel_scale_ratio=1.0, origin=(0, 0), part=None):
    """Find the places in a median that are brighter than those beside them.

    Parameters
    ----------
    median : ndarray of float32, shape (ny, nx)
        On the grid [MJy/sr]; NaN where there is none.
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
        cut = part.grown((REACH // BLOCK + 2) * size, Rectangle.whole(median.shape))
        if not cut:
            return Stars(*np.zeros((3, 0)))
        first = first + [cut.columns.start, cut.rows.start]
        median = median[cut.slices]
    light, *place = _brightest_squares(median, size, square, [int(start) % size for start in first])
    y, x = (
        start // size * size + size * block + within
        for start, block, within in zip(first[::-1], np.indices(light.shape), place, strict=True)
    )
    counts = (light > 0) & ~_beside_brighter(light, x, y, APART / pixel_scale_ratio)
    order = np.argsort(y[counts], kind="stable")
    middle = (square - 1) / 2
    return Stars(x[counts][order] + middle, y[counts][order] + middle, light[counts][order])


def _beside_brighter(light, x, y, distance):
    # Whether one of the blocks around has a place so near or so much brighter that both are the same star.
    beside = np.zeros(light.shape, bool)
    ny, nx = light.shape
    for up, across in itertools.product((-1, 0, 1), repeat=2):
        there, here = (
            (slice(max(0, s * up), ny + min(0, s * up)), slice(max(0, s * across), nx + min(0, s * across))) for s in (1, -1)
        )
        near = (np.abs(x[there] - x[here]) <= distance) & (np.abs(y[there] - y[here]) <= distance)
        beside[here] |= near & (light[there] > light[here]) | (light[here] < WING * light[there])
    return beside


def _brightest_squares(median, size, square, skipped):
    # Of each block of the lattice the mean of the brightest square that begins there, and in which row and column of it.
    left, below = skipped
    ny, nx = median.shape
    rows, columns = (-(-(length + before) // size) for length, before in zip((ny, nx), (below, left), strict=True))
    light, place = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.intp)
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


def star_halo(stars, x, y, noise, pixel_scale_ratio=1.0, optical_element=None):
    """Compute how bright the stars around places are, falling with the distance in three ways.

    Parameters
    ----------
    stars : Stars
    x, y : ndarray of float, shape (n,)
        On their lattice.
    noise : ndarray of float, shape (n,)
        Of the pixels there: stars that are not much brighter do not matter [MJy/sr].
    pixel_scale_ratio : float
        The lattice's pixel scale over the detector's.
    optical_element : str, optional
        The filter; of one that is not known the largest core is assumed.

    Returns
    -------
    ndarray of float32, shape (n, 3)
        What rings, spikes and the cores' corners follow, for `halo_difference`: of the stars around the square root of
        the sum of squares, as what exposures differ by adds up like noise [MJy/sr].
    """
    halo = np.zeros((len(x), 3), np.float32)
    reach = REACH / pixel_scale_ratio
    places = np.column_stack([x, y]).reshape(-1, 2)
    if len(places) == 0:
        return halo
    low, high = places.min(axis=0) - reach, places.max(axis=0) + reach
    rows = slice(*np.searchsorted(stars.y, [low[1], high[1]]))
    x_there, y_there, light = (array[rows] for array in (stars.x, stars.y, stars.light))
    near = (x_there > low[0]) & (x_there < high[0]) & (light > FAINT * noise.min())
    if not near.any():
        return halo
    tree = cKDTree(np.column_stack([x_there[near], y_there[near]]))
    pairs = cKDTree(places).sparse_distance_matrix(tree, reach, output_type="ndarray")
    light = light[near][pairs["j"]]
    pairs, light = (values[light > FAINT * noise[pairs["i"]]] for values in (pairs, light))
    distance = pairs["v"] * pixel_scale_ratio
    outside = OUTSIDE / np.maximum(distance, OUTSIDE)
    corners = CORNERS_REACH.get(str(optical_element).upper(), FARTHEST_CORNERS)
    inside = np.minimum(1, corners / np.maximum(distance, 1)) ** 8
    for k, share in enumerate((outside, outside**2, inside)):
        halo[:, k] = np.sqrt(np.bincount(pairs["i"], (share * light) ** 2, len(x)))
    return halo


@dataclass(frozen=True)
class Halo:
    """The halo of stars around pixels, computed of those alone for which it is wanted.

    `stars`, `x`, `y`, `noise`, `pixel_scale_ratio`, `optical_element` as in `star_halo`; `values` is what was computed, NaN before, and
    `which` are the pixels that this part of it is about.
    """

    stars: Stars
    x: np.ndarray
    y: np.ndarray
    noise: np.ndarray
    pixel_scale_ratio: float
    optical_element: str
    values: np.ndarray
    which: np.ndarray

    @classmethod
    def around(cls, stars, x, y, noise, pixel_scale_ratio, optical_element):
        """Return that of all pixels."""
        unknown = np.full((len(x), 3), np.nan, np.float32)
        return cls(stars, x, y, noise, pixel_scale_ratio, optical_element, unknown, np.arange(len(x)))

    def __getitem__(self, which):
        """Return that of a part of the pixels, which shares what it computes with the whole."""
        return replace(self, which=self.which[which])

    def compute(self):
        """Return the values of `star_halo`: ndarray of float32, shape (n, 3)."""
        new = self.which[np.isnan(self.values[self.which, 0])]
        if len(new):
            places = self.x[new], self.y[new], self.noise[new]
            self.values[new] = star_halo(self.stars, *places, self.pixel_scale_ratio, self.optical_element)
        return self.values[self.which]
