"""The light of bright stars in the pixels around them: rings and spikes, which turn with the telescope."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from .bright_stars import Stars

# Stars matter as far as this [detector pixel], and what is fainter than this [err] does not.
REACH, FAINT = 32, 10
# Beyond this distance of its centre a star's light is rings and spikes [detector pixel].
OUTSIDE = 6.0
# As far as this it is the core's own pattern, to which the obscurations of the pupil give corners; it grows with the
# wavelength [detector pixel].
CORNERS_REACH = {"F062": 3.5, "F087": 3.75, "F106": 3.75, "F129": 4.5, "F146": 4.75, "F158": 5.0, "F184": 5.25}
FARTHEST_CORNERS = 6.0


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
    place, star, distance = stars_around(stars, x, y, noise, pixel_scale_ratio)
    return added_up(place, falling(distance, optical_element) * stars.light[star], len(x))


def stars_around(stars, x, y, noise, pixel_scale_ratio=1.0):
    """Pair places with the stars that matter there.

    Parameters
    ----------
    stars, x, y, noise, pixel_scale_ratio
        As in `star_halo`.

    Returns
    -------
    place, star : ndarray of int, shape (m,)
        Which belong together.
    distance : ndarray of float64, shape (m,)
        Between the two [detector pixel].
    """
    nothing = np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
    reach = REACH / pixel_scale_ratio
    places = np.column_stack([x, y]).reshape(-1, 2)
    if len(places) == 0:
        return nothing
    low, high = places.min(axis=0) - reach, places.max(axis=0) + reach
    first, last = np.searchsorted(stars.y, [low[1], high[1]])
    x_there, y_there, light = (array[first:last] for array in (stars.x, stars.y, stars.light))
    near = np.flatnonzero((x_there > low[0]) & (x_there < high[0]) & (light > FAINT * noise.min()))
    if len(near) == 0:
        return nothing
    tree = cKDTree(np.column_stack([x_there[near], y_there[near]]))
    pairs = cKDTree(places).sparse_distance_matrix(tree, reach, output_type="ndarray")
    star = first + near[pairs["j"]]
    matters = stars.light[star] > FAINT * noise[pairs["i"]]
    return pairs["i"][matters], star[matters], pairs["v"][matters] * pixel_scale_ratio


def falling(distance, optical_element):
    """Return the three ways in which the light of a halo falls with the distance [detector pixel]: shape (3, m)."""
    outside = OUTSIDE / np.maximum(distance, OUTSIDE)
    corners = CORNERS_REACH.get(str(optical_element).upper(), FARTHEST_CORNERS)
    return np.stack([outside, outside**2, np.minimum(1, corners / np.maximum(distance, 1)) ** 8])


def added_up(place, light, count):
    """Add up the light of stars, of shape (3, m), at `count` places as `star_halo` does."""
    return np.sqrt([np.bincount(place, part**2, count) for part in light]).T.astype(np.float32)


@dataclass(frozen=True)
class Halo:
    """The halo of stars around pixels of a member, computed of those alone for which it is wanted.

    `stars`, `pixel_scale_ratio`, `optical_element` and the pixels' `noise` as in `star_halo`; `x`, `y` [pixel], and
    `to_lattice`, which takes them to the stars' lattice: shape (2, n). `values` is what was computed, NaN before, and
    `which` are the pixels that this part of it is about.
    """

    stars: Stars
    to_lattice: Callable
    pixel_scale_ratio: float
    optical_element: str
    x: np.ndarray
    y: np.ndarray
    noise: np.ndarray
    values: np.ndarray
    which: np.ndarray

    @classmethod
    def around(cls, stars, to_lattice, pixel_scale_ratio, optical_element, x, y, noise):
        """Return that of all pixels."""
        unknown = np.full((len(x), 3), np.nan, np.float32)
        return cls(stars, to_lattice, pixel_scale_ratio, optical_element, x, y, noise, unknown, np.arange(len(x)))

    @classmethod
    def joined(cls, halos):
        """Return that of the pixels of several, which have all but these in common."""
        pixels = [np.concatenate([getattr(halo, name) for halo in halos]) for name in ("x", "y", "noise")]
        common = (getattr(halos[0], name) for name in ("stars", "to_lattice", "pixel_scale_ratio", "optical_element"))
        return cls.around(*common, *pixels)

    def __getitem__(self, which):
        """Return that of a part of the pixels, which shares what it computes with the whole."""
        return replace(self, which=self.which[which])

    def compute(self):
        """Return the values of `star_halo`: ndarray of float32, shape (n, 3)."""
        new = self.which[np.isnan(self.values[self.which, 0])]
        if len(new):
            u, v = self.to_lattice(self.x[new], self.y[new])
            optics = self.pixel_scale_ratio, self.optical_element
            self.values[new] = star_halo(self.stars, u, v, self.noise[new], *optics)
        return self.values[self.which]

    def pairs(self):
        """Pair the pixels with the stars that matter there.

        Returns
        -------
        pixel : ndarray of int, shape (m,)
        light : ndarray of float, shape (3, m)
            Of the star, falling with the distance in three ways: see `star_halo` [MJy/sr].
        distance, dx, dy : ndarray of float, shape (m,)
            From the pixel to the star [pixel].
        """
        x, y, noise = (array[self.which] for array in (self.x, self.y, self.noise))
        u, v = self.to_lattice(x, y)
        pixel, star, distance = stars_around(self.stars, u, v, noise, self.pixel_scale_ratio)
        light = falling(distance, self.optical_element) * self.stars.light[star]
        # The lattice is linear as far as halos reach.
        (a, c), (b, d) = (
            self.to_lattice(x + dx, y + dy) - self.to_lattice(x - dx, y - dy) for dx, dy in ((0.5, 0), (0, 0.5))
        )
        a, b, c, d = (np.array([a, b, c, d]) / (a * d - b * c))[:, pixel]
        across, up = self.stars.x[star] - u[pixel], self.stars.y[star] - v[pixel]
        return pixel, light, distance, d * across - b * up, a * up - c * across
