"""How much the light in apertures scatters that are put on empty sky at random."""

import numpy as np

from ..noise.apertures import circle
from .noise_width import width

# Apertures in a tile, and the fewest of all that tell something.
MAX_APERTURES, MIN_APERTURES = 200, 30


def aperture_scatter(tiles, radius, seed=0):
    """Measure how much sums of pixels scatter in apertures on empty sky.

    Parameters
    ----------
    tiles : list of SkyTile
    radius : float
        Of the apertures [pixel].
    seed : int
        Of their positions.

    Returns
    -------
    float
        In units of the root of the sum of err**2 in the aperture; NaN if there is too little empty sky.
    """
    rng, aperture = np.random.default_rng(seed), circle(radius)
    found = [np.zeros(0)]
    for tile in tiles:
        if min(tile.data.shape) < len(aperture):
            continue
        good = tile.empty & np.isfinite(tile.data)
        touched = _sums(~good, aperture > 0) > 0.5
        rows, columns = np.nonzero(~touched)
        picked = rng.permutation(rows.size)[:MAX_APERTURES]
        place = rows[picked], columns[picked]
        light = _sums(np.where(good, tile.data, 0), aperture)[place]
        variance = _sums(np.where(good, np.square(tile.err), 0), aperture**2)[place]
        found.append(light / np.sqrt(variance))
    values = np.concatenate(found)
    return width(values) if values.size >= MIN_APERTURES else float("nan")


def _sums(image, aperture):
    # Of all apertures that lie in the image, by its Fourier transform: what comes around the border is cut off.
    product = np.fft.rfft2(image) * np.fft.rfft2(aperture, image.shape)
    return np.fft.irfft2(product, image.shape)[len(aperture) - 1 :, len(aperture) - 1 :]
