"""The sky of a simulation: stars and galaxies, and how a detector sees them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from .focal_plane import PIXEL_SCALE

STAMP = 12
# Roman's PSF as two Gaussians before they fall on pixels, as sharp as galsim.roman's without charge diffusion: the
# first one's share of the light, the FWHM of both [pixel].
PSF = {
    "F062": (0.92, 1.0, 11.9),
    "F087": (0.64, 0.73, 4.8),
    "F106": (0.55, 0.68, 4.6),
    "F129": (0.58, 0.88, 4.9),
    "F146": (0.6, 1.03, 4.12),
    "F158": (0.6, 1.09, 4.36),
    "F184": (0.6, 1.36, 5.44),
    "F213": (0.6, 1.54, 6.16),
}
FWHM = 2.3548


@dataclass(frozen=True)
class Scene:
    """Stars and galaxies: positions [deg], fluxes [DN/s], and sizes of galaxies [pixel].

    Both are those on pixels of `PIXEL_SCALE`. Images are flat for a sky that is: larger pixels have no more of the
    light of a place than others.
    """

    ra: np.ndarray
    dec: np.ndarray
    flux: np.ndarray
    size: np.ndarray
    ellipticity: np.ndarray


def make_scene(ra, dec, radius, stars, galaxies, seed=1):
    """Scatter stars and galaxies.

    Parameters
    ----------
    ra, dec : float
        Centre [deg].
    radius : float
        Half-width of the square field [arcsec].
    stars, galaxies : int
    seed : int

    Returns
    -------
    Scene
    """
    rng = np.random.default_rng(seed)
    count = stars + galaxies
    offset = rng.uniform(-radius, radius, (2, count)) / 3600
    flux = np.concatenate([10 ** rng.uniform(0, 3.2, stars), 10 ** rng.uniform(0.3, 2, galaxies)])
    size = np.concatenate([np.zeros(stars), rng.uniform(1, 4, galaxies)])
    return Scene(ra + offset[0] / np.cos(np.radians(dec)), dec + offset[1], flux, size, rng.uniform(-0.4, 0.4, count))


def roman_psf(optical_element):
    """Return a filter's PSF as Gaussians: list of share of the light, and FWHM [pixel]."""
    share, core, wings = PSF[optical_element]
    return [(share, core), (1 - share, wings)]


def render(scene, wcs, shape, psf):
    """Draw a scene as a detector sees it, without noise.

    Parameters
    ----------
    scene : Scene
    wcs : gwcs.WCS
    shape : (int, int)
        ny, nx.
    psf : list of (float, float)
        Gaussians: share of the light, and FWHM [pixel].

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        [DN/s]
    """
    image = np.zeros(shape, np.float32)
    x, y = _to_pixels(wcs, scene.ra, scene.dec, shape)
    near = (x > -STAMP) & (x < shape[1] + STAMP) & (y > -STAMP) & (y < shape[0] + STAMP)
    area = _areas(wcs, x, y)
    for k in np.flatnonzero(near):
        widths = [np.hypot(fwhm / FWHM, scene.size[k]) / np.sqrt(area[k]) for _, fwhm in psf]
        reach = max(STAMP, int(5 * max(widths)))
        rows = slice(max(0, int(y[k]) - reach), min(shape[0], int(y[k]) + reach + 1))
        columns = slice(max(0, int(x[k]) - reach), min(shape[1], int(x[k]) + reach + 1))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        stretch = 1 + (scene.ellipticity[k] if scene.size[k] else 0)
        for (share, _), wide in zip(psf, widths, strict=True):
            profile_y = _pixel_integrals(rows, y[k], wide / stretch)
            profile_x = _pixel_integrals(columns, x[k], wide * stretch)
            image[rows, columns] += (share * scene.flux[k] / area[k] * profile_y[:, None] * profile_x).astype(
                np.float32
            )
    return image


def _areas(wcs, x, y):
    # Of pixels at some positions, in those of PIXEL_SCALE.
    ra, dec = wcs(x + np.array([[0], [1], [0]]), y + np.array([[0], [0], [1]]), with_bounding_box=False)
    across = ((ra[1:] - ra[0] + 180) % 360 - 180) * np.cos(np.radians(dec[0])) * 3600 / PIXEL_SCALE
    up = (dec[1:] - dec[0]) * 3600 / PIXEL_SCALE
    return np.abs(across[0] * up[1] - across[1] * up[0])


def _pixel_integrals(span, center, sigma):
    edges = (np.arange(span.start, span.stop + 1) - 0.5 - center) / (np.sqrt(2) * sigma)
    return np.diff(erf(edges)) / 2


def _to_pixels(wcs, ra, dec, shape):
    # The WCS may have no inverse: Newton's method on the forward one, from a plane through its middle.
    ny, nx = shape
    x, y = np.full(ra.shape, nx / 2), np.full(ra.shape, ny / 2)
    for _ in range(8):
        a0, d0 = wcs(x, y, with_bounding_box=False)
        ax, dx = wcs(x + 1, y, with_bounding_box=False)
        ay, dy = wcs(x, y + 1, with_bounding_box=False)
        miss_a, miss_d = (ra - a0 + 180) % 360 - 180, dec - d0
        ax, ay, dx, dy = (ax - a0 + 180) % 360 - 180, (ay - a0 + 180) % 360 - 180, dx - d0, dy - d0
        det = ax * dy - ay * dx
        x, y = x + (miss_a * dy - miss_d * ay) / det, y + (miss_d * ax - miss_a * dx) / det
        x, y = np.clip(x, -2 * nx, 3 * nx), np.clip(y, -2 * ny, 3 * ny)
    return x, y
