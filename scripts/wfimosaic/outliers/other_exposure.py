"""What another exposure allows a pixel to be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..images.sky_plane import SkyPlane
from .phase_factor import phase_factor
from .psf_difference import beside_star, halo_difference
from .star_halo import Halo

# Share of the interpolation's weight that good pixels must have.
MIN_WEIGHT = 0.25
# Of what PSFs that differ do, where all light above the sky may grow and not only that above the darkest pixel around.
ABOVE_SKY = 0.5
# Noise that is not taken for light, above the lowest of 16 values and between the extremes [err].
ABOVE_LOWEST, BETWEEN_EXTREMES = 2.5, 4.0
# What a pixel's noise may hide of a halo: as much counts as light that is there, above empty sky [err].
HIDDEN = 6.0
# Light whose own noise the phase factor raises too [err].
SURE_LIGHT = 2.0
# Pixels that differ by a smaller share of what the PSF explains are allowed whatever halos do.
LEAST_BLUR = 0.75


@dataclass
class Candidates:
    """Pixels of a member that may be outliers: arrays of shape (n,).

    `x`, `y` [pixel], `value` and `err` [MJy/sr], `extra_noise` that the pixel's read noise variance has over its
    detector's [(MJy/sr)^2], and the `halo` of stars around.
    """

    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    err: np.ndarray
    extra_noise: np.ndarray
    halo: Halo

    def __len__(self):
        return len(self.x)

    @classmethod
    def joined(cls, parts):
        """Put candidates of one member together."""
        *arrays, halos = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, arrays), Halo.joined(halos))


@dataclass
class Other:
    """Pixels of another exposure: whole arrays, which may be mapped from a file.

    `data` and `err` [MJy/sr], `dq`, the bits that make a pixel `bad`, the `sky` to subtract, the
    `optical_element`, `noise_ratio`: the candidates' typical variance over this one's, `psfs_differ`, called when it is
    needed: how many times as much as usual its PSF may differ from theirs, and the `level` of its empty sky, after
    subtraction [MJy/sr].
    """

    data: np.ndarray
    err: np.ndarray
    dq: np.ndarray
    bad: np.uint32
    sky: SkyPlane
    optical_element: str
    noise_ratio: float = 1.0
    psfs_differ: Callable[[], float] = lambda: 1.0
    level: float = 0.0


def deviation_and_allowed(candidates, other, x, y, turn):
    """Compare pixels with those of another exposure.

    A pixel may differ from the linear interpolation between the other exposure's pixels by what the PSF can do: the
    light above the darkest pixel around may grow by the phase factor, beside stars PSFs may differ, or, where that is
    less, all light above the sky may grow and PSFs differ by half of that; and by the halos of bright stars, which may
    differ. And by noise: of the interpolation, and of the pixel. A ray raises its own Poisson noise, so that this
    is limited to what the other exposure's pixels have.

    Parameters
    ----------
    candidates : Candidates
    other : Other
    x, y : ndarray of float64, shape (n,)
        Where the candidates lie on the other exposure [pixel]; NaN where it did not look.
    turn : float
        Sine of the angle between the two.

    Returns
    -------
    deviation, blur, halo, noise : ndarray of float32, shape (n,)
        Difference from the interpolation, what of it the PSF explains, and what halos do (0 if it is not needed, as
        three quarters of the PSF's explain all), and 1 sigma of noise [MJy/sr]; NaN where the other exposure has too
        few good pixels.
    """
    result = np.full((4, len(candidates)), np.nan, np.float32)
    ny, nx = other.data.shape
    # The 4 x 4 pixels around must exist.
    inside = (x >= 1) & (x < nx - 2) & (y >= 1) & (y < ny - 2)
    if inside.any():
        chosen = Candidates(*(array[inside] for array in vars(candidates).values()))
        result[:, inside] = _compare(chosen, other, x[inside], y[inside], turn)
    return result


def _compare(pixels, other, x, y, turn):
    column, row = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
    first = (row - 1) * other.data.shape[1] + column - 1
    places = first + (np.arange(4)[:, None] * other.data.shape[1] + np.arange(4)).reshape(16, 1)
    values = other.data.ravel()[places].astype(np.float32) - other.sky.at(*np.divmod(places, other.data.shape[1]))
    good = ((other.dq.ravel()[places] & other.bad) == 0) & np.isfinite(values)
    middle = [5, 6, 9, 10]
    variance = other.err.ravel()[places[middle]].astype(np.float32) ** 2
    good[middle] &= np.isfinite(variance)

    weight = np.stack([(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]) * good[middle]
    total = weight.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight /= total
        interpolated = np.where(good[middle], weight * values[middle], 0).sum(axis=0)
        spread = np.where(good[middle], weight**2 * variance, 0).sum(axis=0)
        factor = phase_factor(fx, fy, other.optical_element).astype(np.float32) / total**2
    lowest = np.where(good, values, np.inf).min(axis=0)
    largest = np.where(good[middle], variance, -np.inf).max(axis=0)
    smallest = np.where(good[middle], variance, np.inf).min(axis=0)
    sigma = np.sqrt(smallest)

    with np.errstate(over="ignore", invalid="ignore"):  # where all pixels are bad, or all that weigh
        light = np.maximum(interpolated - lowest - ABOVE_LOWEST * sigma, 0)
        differ = np.float32(other.psfs_differ())
        beside = differ * beside_star(values - lowest - BETWEEN_EXTREMES * sigma, good, fx, fy)
        above_sky = np.maximum(interpolated, 0)
        blur = np.minimum((factor - 1) * light + beside, (factor - 1) * above_sky + ABOVE_SKY * beside)
        deviation = pixels.value - interpolated
        # Few need it, and it takes time.
        more = (deviation > np.float32(LEAST_BLUR) * blur) | (deviation < -blur)
        there = values[:, more].max(axis=0) - np.float32(other.level) + np.float32(HIDDEN) * sigma[more]
        brightest = np.where(good[:, more].all(axis=0), there, np.float32(np.inf))
        stars = pixels.halo[more].compute()
        halo = np.zeros(len(pixels), np.float32)
        halo[more] = differ * halo_difference(stars, brightest, other.optical_element, turn)

        # As bright as the other exposure allows the pixel to be, it has this variance at most.
        limit = (factor * largest - (factor - 1) * smallest) * max(1.0, other.noise_ratio) + pixels.extra_noise
        noise = np.sqrt(np.minimum(pixels.err**2, limit) + spread * np.where(light > SURE_LIGHT * sigma, factor**2, 1))
    return np.where(total >= MIN_WEIGHT, np.stack([deviation, blur, halo, noise]), np.nan)
