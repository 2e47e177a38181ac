"""The light of bright stars in the pixels around them: rings and spikes, which turn with the telescope."""

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

    `stars`, `x`, `y`, `noise`, `pixel_scale_ratio`, `optical_element` as in `star_halo`; `values` is what was computed,
    NaN before, and `which` are the pixels that this part of it is about.
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

    @classmethod
    def joined(cls, halos):
        """Return that of the pixels of several, which have stars, pixel scale and filter in common."""
        x, y, noise = (np.concatenate([getattr(halo, name) for halo in halos]) for name in ("x", "y", "noise"))
        return cls.around(halos[0].stars, x, y, noise, halos[0].pixel_scale_ratio, halos[0].optical_element)

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
