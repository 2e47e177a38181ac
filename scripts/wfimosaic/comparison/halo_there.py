"""What another exposure shows of the halos of stars, as far from the star in the same direction of the detector."""

import numpy as np

from ..stars.psf_difference import OTHER_DETECTOR, halo_difference
from ..stars.star_halo import OUTSIDE, added_up
from .surroundings import BETWEEN_EXTREMES, Surroundings, exist_around

# Stars whose halo cannot differ by more than this are not looked at [noise].
LITTLE = 1.0
# Farther from the star, where spikes and rings are narrow, as many times the range of the 4 x 4 pixels around, beyond
# noise, is allowed.
NARROW = 2.0
# Pairs of a pixel and a star that are looked at at once, as each needs 400 bytes.
PAIRS = 2**16


def halo_there(halo, other, route, differ, wider=0.0):
    """Compute the halos of stars as `star_halo` does, but no brighter than another exposure shows them.

    The PSF turns with the telescope. The light that a star's halo puts into a pixel it also puts into that of another
    exposure with the same detector that is as far from the star in the same direction of the detector, wherever that
    lies on the sky. What else is there makes it brighter only, so that this is a limit. It counts for the stars that
    the other exposure saw.

    Parameters
    ----------
    halo : Halo
        Of n pixels.
    other : Other
    route : MemberToMember
        From the pixels' member to it.
    differ : float
        How many times as much as usual the PSFs of the two may differ; as much as those of two detectors, and the one
        does not tell about the other.
    wider : float
        By how much the pixels' PSF is wider, as a share w: its halo is that of the other at a distance divided by
        1 + w, divided by (1 + w)^2.

    Returns
    -------
    stars : ndarray of float32, shape (n, 3)
        See `star_halo`.
    unseen : ndarray of bool, shape (n,)
        Whether a star that matters is one that the other exposure did not see.
    """
    if differ >= OTHER_DETECTOR:
        return halo.compute(), np.zeros(len(halo.which), bool)
    pixel, light, distance, dx, dy = halo.pairs()
    most = halo_difference(light.T, np.inf, halo.optical_element, route.turn, differ)
    x, y, noise = (array[halo.which][pixel] for array in (halo.x, halo.y, halo.noise))
    u, v = route.positions(x + dx, y + dy)
    # Beside a star that the other exposure did not see it is not sure that its halo is there.
    matters, seen = most > LITTLE * noise, exist_around(other, u, v)
    asked = np.flatnonzero(matters & seen)
    u, v = u - dx / (1 + wider), v - dy / (1 + wider)
    for some in np.split(asked, range(PAIRS, len(asked), PAIRS)):
        there = _brightest(other, u[some], v[some], distance[some], differ) / np.float32((1 + wider) ** 2)
        light[:, some] *= np.minimum(1, there / most[some])
    unseen = np.bincount(pixel[matters & ~seen], minlength=len(halo.which)) > 0
    return added_up(pixel, light, len(halo.which)), unseen


def _brightest(other, x, y, distance, differ):
    # As bright as a halo may be there; infinite where that is not known.
    result = np.full(len(x), np.inf, np.float32)
    inside = exist_around(other, x, y)
    if not inside.any():
        return result
    seen = Surroundings.of(other, x[inside], y[inside])
    grown = seen.blur(differ)
    above_noise = seen.values.max(axis=0) - seen.lowest - np.float32(BETWEEN_EXTREMES) * np.sqrt(seen.smallest)
    narrow = np.float32(NARROW * differ) * np.maximum(above_noise, 0)
    grown = np.where(distance[inside] < OUTSIDE, grown, np.maximum(grown, narrow))
    limit = np.maximum(seen.interpolated - np.float32(other.level) + grown, 0)
    result[inside] = np.where(seen.good.all(axis=0), limit, np.inf)
    return result
