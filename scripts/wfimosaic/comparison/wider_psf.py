"""Where another exposure, of narrower or wider PSF, shows what lies beside a star here."""

import numpy as np

from .surroundings import Surroundings, exist_around

# Widths that differ by less are explained otherwise; so are stars whose core is fainter than this [noise].
LEAST_WIDER, FAINT_CORE = 0.025, 5.0


def wider_psf(halo, other, route, differ, wider):
    """Look at another exposure where a PSF as wide as the pixels' has what the star beside them puts there.

    A PSF that is wider by a share w is that of the other exposure stretched: at a distance d from a star it is as
    bright as the other is at d / (1 + w), divided by (1 + w)^2.

    Parameters
    ----------
    halo, other, route, differ, wider
        As in `halo_there`.

    Returns
    -------
    which : ndarray of int, shape (m,)
        Of the pixels those beside stars, at places that the other exposure shows.
    value, blur : ndarray of float32, shape (m,)
        What it shows there, divided, and what of a pixel's difference from that the PSF explains [MJy/sr]; NaN where
        pixels around are bad.
    """
    nothing = np.zeros(0, np.intp), *np.zeros((2, 0), np.float32)
    if not abs(wider) > LEAST_WIDER:
        return nothing
    pixel, light, _, dx, dy = halo.pairs()
    beside = np.flatnonzero(light[2] > FAINT_CORE * halo.noise[halo.which][pixel])
    # Of each pixel the star that is brightest there, last.
    beside = beside[np.lexsort((light[2, beside], pixel[beside]))]
    beside = beside[np.flatnonzero(np.diff(pixel[beside], append=-1))]
    which = pixel[beside]
    x, y = (array[halo.which][which] for array in (halo.x, halo.y))
    (u, v), (star_u, star_v) = route.positions(x, y), route.positions(x + dx[beside], y + dy[beside])
    nearer = wider / (1 + wider)
    u, v = u + nearer * (star_u - u), v + nearer * (star_v - v)
    inside = exist_around(other, u, v)
    if not inside.any():
        return nothing
    seen, level = Surroundings.of(other, u[inside], v[inside]), np.float32(other.level)
    value = level + (seen.interpolated - level) / np.float32((1 + wider) ** 2)
    good = seen.good.all(axis=0)
    return which[inside], *(np.where(good, array, np.nan) for array in (value, seen.blur(differ)))
