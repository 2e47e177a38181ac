"""What another exposure allows a pixel to be."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..images.sky_plane import SkyPlane
from ..stars.psf_difference import halo_difference
from ..stars.star_halo import Halo
from .halo_there import halo_there
from .surroundings import Surroundings, exist_around
from .wider_psf import LEAST_WIDER, wider_psf

POSITION_DIGITS = 6
# Share of the interpolation's weight that good pixels must have.
MIN_WEIGHT = 0.25
# What a pixel's noise may hide of a halo: as much counts as light that is there, above empty sky [err].
HIDDEN = 6.0
# Light whose own noise the phase factor raises too [err].
SURE_LIGHT = 2.0
# Pixels that differ by a smaller share of what the PSF explains are allowed whatever halos do. Of those that differ by
# more than this many times what is allowed a smaller part of the others need say so, and none allows it.
LEAST_BLUR, SURELY = 0.75, 1.25
# Shares of what PSFs and halos do that count next to an outlier.
NEXT_TO = LEAST_BLUR, 0.5


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
    needed: see the function of this name, and the `level` of its empty sky, after subtraction [MJy/sr].
    """

    data: np.ndarray
    err: np.ndarray
    dq: np.ndarray
    bad: np.uint32
    sky: SkyPlane
    optical_element: str
    noise_ratio: float = 1.0
    psfs_differ: Callable[[], tuple[float, float]] = lambda: (1.0, 0.0)
    level: float = 0.0


def deviation_and_allowed(candidates, other, route, snr):
    """Compare pixels with those of another exposure.

    A pixel may differ from the linear interpolation between the other exposure's pixels by what the PSF can do (see
    `Surroundings.blur`), and by the halos of bright stars, which may differ, but are no brighter than the other
    exposure shows them in the same direction of its detector (see `halo_there`). Beside a star it may as well be what
    the other shows where a PSF as wide as its own has it (see `wider_psf`). And by noise: of the interpolation, and of
    the pixel. A ray raises its own Poisson noise, so that this is limited to what the other exposure's pixels have.

    Parameters
    ----------
    candidates : Candidates
    other : Other
    route : MemberToMember
        From the candidates' member to the other.
    snr : sequence of float
        Noise that is allowed, in standard deviations: what halos and widths do is computed where it may decide.

    Returns
    -------
    deviation, blur, halo, noise : ndarray of float32, shape (n,)
        Difference from what the other shows, what of it the PSF explains, and what halos do (0 if it is not needed),
        and 1 sigma of noise [MJy/sr]; NaN where the other exposure has too few good pixels.
    """
    result = np.full((4, len(candidates)), np.nan, np.float32)
    # As positions of one pixel are rounded otherwise than those of many, and whole ones lie between two sets of pixels.
    x, y = np.round(route.positions(candidates.x, candidates.y), POSITION_DIGITS)
    inside = exist_around(other, x, y)
    if inside.any():
        chosen = Candidates(*(array[inside] for array in vars(candidates).values()))
        result[:, inside] = _compare(chosen, other, x[inside], y[inside], route, snr)
    return result


def _compare(pixels, other, x, y, route, snr):
    seen = Surroundings.of(other, x, y)
    with np.errstate(over="ignore", invalid="ignore"):  # Where all pixels are bad, or all that weigh.
        differ, wider = other.psfs_differ()
        deviation, blur, noise = pixels.value - seen.interpolated, seen.blur(differ), _noise(pixels, other, seen)
        halo = _halo(pixels, other, seen, route, snr, differ, wider, deviation, blur, noise)
        enough = np.hypot(NEXT_TO[0] * blur, NEXT_TO[1] * halo) + np.float32(min(snr)) * noise
        some = np.flatnonzero(deviation > enough)
        beside, value, its_blur = wider_psf(pixels.halo[some], other, route, differ, wider)
        some = some[beside]
        its_deviation = pixels.value[some] - value
        more_is_allowed = np.hypot(its_blur, halo[some]) - np.hypot(blur[some], halo[some])
        better = its_deviation - deviation[some] < more_is_allowed
        deviation[some[better]], blur[some[better]] = its_deviation[better], its_blur[better]
    return np.where(seen.weight >= MIN_WEIGHT, np.stack([deviation, blur, halo, noise]), np.nan)


def _noise(pixels, other, seen):
    # As bright as the other exposure allows the pixel to be, it has this variance at most.
    brightest = seen.factor * seen.largest - (seen.factor - 1) * seen.smallest
    limit = brightest * max(1.0, other.noise_ratio) + pixels.extra_noise
    grown = np.where(seen.light > SURE_LIGHT * np.sqrt(seen.smallest), seen.factor**2, 1)
    return np.sqrt(np.minimum(pixels.err**2, limit) + seen.variance * grown)


def _halo(pixels, other, seen, route, snr, differ, wider, deviation, blur, noise):
    # Of those pixels that it may decide about, as it takes time: first without the other exposure's own halos.
    halo = np.zeros(len(pixels), np.float32)
    least, most = np.float32(min(snr)) * noise, np.float32(max(snr)) * noise
    some = np.flatnonzero((deviation > np.float32(LEAST_BLUR) * blur + least) | (deviation < -(blur + least)))
    light = seen.values.max(axis=0) - np.float32(other.level) + np.float32(HIDDEN) * np.sqrt(seen.smallest)
    brightest = np.where(seen.good.all(axis=0), light, np.float32(np.inf))
    optics = other.optical_element, route.turn, differ
    stars = pixels.halo[some].compute()
    halo[some] = halo_difference(stars, brightest[some], *optics)
    # Of those that are brighter no limit decides, unless they are explained by the width.
    limit = np.hypot(blur[some], halo_difference(stars, np.float32(np.inf), *optics))
    sure = np.inf if abs(wider) > LEAST_WIDER else np.float32(SURELY) * limit + most[some]
    some = some[(deviation[some] > 0) & (deviation[some] <= sure)]
    stars, unseen = halo_there(pixels.halo[some], other, route, differ, wider)
    halo[some] = halo_difference(stars, np.where(unseen, np.float32(np.inf), brightest[some]), *optics)
    return halo
