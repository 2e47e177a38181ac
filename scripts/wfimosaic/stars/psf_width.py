"""How much the widths of two exposures' PSFs differ, measured on the stars that both have."""

import functools

import numpy as np

from ..files.strips import release_pages, strips
from ..images.flags import bad_bits
from ..images.stored_image import stored_image
from .psf_difference import OTHER_DETECTOR, times_as_much
from .typical_pixels import typical_pixels

# Stars whose peaks are at least so bright are measured [typical noise], the brightest ones up to a number.
BRIGHT, MAX_STARS = 50, 400
# They are looked for in so many strips of an image, evenly chosen, that they cost little.
SAMPLED_STRIPS = 16
# Their light is weighted by a Gaussian of this width around their centre, in a square that reaches as far [pixel].
# Second moments with this weight differ about as widths do: 0.8 (F213) to 1.3 times (F106).
WEIGHTED, REACH = 2.0, 4
# So many stars must be in both, where the logarithms of their light differ by less than this.
MIN_STARS, SAME_LIGHT = 20, 0.5
ITERATIONS = 4

_ACROSS, _UP = (offset.ravel() for offset in np.meshgrid(*[np.arange(-REACH, REACH + 1)] * 2))


def psfs_differ(path, other, good_bits, route):
    """Compare the PSFs of a member and of one of another exposure.

    Parameters
    ----------
    path, other, good_bits, route
        As in `wider_than`.

    Returns
    -------
    times : float
        How many times as much as usual they may differ: see `times_as_much`.
    wider : float
        By how much the first is wider, as a share; 0 where it is not known.
    """
    here, there = (stored_image(member).meta["instrument"] for member in (path, other))
    if here["detector"] != there["detector"]:
        return OTHER_DETECTOR, 0.0
    wider = np.nan_to_num(wider_than(path, other, good_bits, route))
    return times_as_much(wider, here["optical_element"]), wider


def wider_than(path, other, good_bits, route):
    """Measure by how much the PSF of a member is wider than that of one of another exposure.

    Each star is compared with itself, so that it does not matter which stars and galaxies there are; where it falls on
    the pixels averages out. Both members are looked at as wholes, so that overlapping products find the same.

    Parameters
    ----------
    path, other : str
        `_skymatch` files.
    good_bits : str
        Flags to ignore.
    route : MemberToMember
        From the first to the other.

    Returns
    -------
    float
        Difference of the logarithms of the widths, to four digits, as routes that were fitted on other grids
        differ in rounding; NaN where too few stars tell.
    """
    x, y, light, moment = _stars(path, good_bits)
    u, v = route.positions(x, y)
    both = np.isfinite(u)
    _, _, light_there, moment_there = _measure(other, good_bits, u[both], v[both])
    with np.errstate(divide="ignore", invalid="ignore"):
        # Not a ray, of which the other has nothing.
        is_there = np.abs(np.log(light[both] / light_there)) < SAME_LIGHT
        ratio = np.log(moment[both] / moment_there)[is_there]
    ratio = ratio[np.isfinite(ratio)]
    return round(float(np.median(ratio)), 4) if len(ratio) >= MIN_STARS else np.nan


@functools.lru_cache(maxsize=16)
def _stars(path, good_bits):
    # As `_measure`, of a member's brightest stars.
    image, typical = stored_image(path), typical_pixels(path, good_bits)
    threshold = np.float32(typical.level + BRIGHT * np.sqrt(typical.variance))
    ny, nx = image["data"].shape
    places, light = [np.zeros(0, np.intp)], [np.zeros(0, np.float32)]
    every = list(strips(slice(REACH, ny - REACH), nx))
    for rows in every[:: max(1, -(-len(every) // SAMPLED_STRIPS))]:
        around = slice(rows.start - 1, rows.stop + 1), slice(None)
        data = image.read("data", around) - image.sky.over(*around)
        row, column = np.nonzero(data[1:-1, 1:-1] > threshold)
        place = (row + 1) * nx + column + 1
        flat = data.ravel()
        for step in (1, -1, nx, -nx, nx + 1, nx - 1, 1 - nx, -1 - nx):
            place = place[flat[place] >= flat[place + step]]
        places.append(place + (rows.start - 1) * nx)
        light.append(flat[place])
    place, light = np.concatenate(places), np.concatenate(light)
    place = place[np.argsort(-light, kind="stable")[:MAX_STARS]]
    return _measure(path, good_bits, *np.divmod(place, nx)[::-1])


def _measure(path, good_bits, x, y):
    # Centres, light and second moments [pixel^2] of the stars near some places; NaN where a pixel around is bad.
    image, level = stored_image(path), typical_pixels(path, good_bits).level
    data, dq = image["data"], image["dq"]
    ny, nx = data.shape
    column, row = (np.rint(place).astype(np.intp) for place in (x, y))
    inside = (column >= REACH) & (column < nx - REACH) & (row >= REACH) & (row < ny - REACH)
    columns = np.where(inside, column, REACH)[:, None] + _ACROSS
    rows = np.where(inside, row, REACH)[:, None] + _UP
    light = data[rows, columns] - image.sky.at(rows, columns) - np.float32(level)
    good = inside & ((dq[rows, columns] & bad_bits(good_bits)) == 0).all(axis=1)
    release_pages(data)
    release_pages(dq)
    dx, dy = (x - column).astype(float), (y - row).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(ITERATIONS):
            across, up = _ACROSS - dx[:, None], _UP - dy[:, None]
            weighted = light * np.exp((across**2 + up**2) / (-2 * WEIGHTED**2))
            total = weighted.sum(axis=1)
            # Of a Gaussian as wide as the weight half of the way to its centre is left.
            dx += 2 * (weighted * across).sum(axis=1) / total
            dy += 2 * (weighted * up).sum(axis=1) / total
        moment = (weighted * (across**2 + up**2)).sum(axis=1) / total
    good &= (np.hypot(column + dx - x, row + dy - y) < 1) & (moment > 0)
    return column + dx, row + dy, total, np.where(good, moment, np.nan)
