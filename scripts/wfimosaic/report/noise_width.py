"""How much a mosaic's pixels scatter in empty sky, in units of their error."""

from dataclasses import dataclass

import numpy as np
from astropy.stats import mad_std
from scipy import ndimage

from ..files.strips import release_pages
from ..grid.blocks import cut_into_blocks
from ..grid.rectangle import Rectangle
from ..mosaic.mosaic_file import open_mosaic

TILE = 160
MAX_TILES = 24
# A tile counts if this part of it is covered.
MIN_COVERED = 0.5
SMOOTH = 5
SOURCE = 3.5
# Scatters from the median beyond which a value is no noise.
MAX_SCATTER = 5


@dataclass(frozen=True)
class SkyTile:
    """A piece of a mosaic: `data` less its median and `err` [MJy/sr], and where it shows nothing but noise."""

    data: np.ndarray
    err: np.ndarray
    empty: np.ndarray


def sky_tiles(mosaic, size=TILE):
    """Yield pieces of a mosaic that are largely covered, up to 24 that lie at random: SkyTile.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    size : int
        Largest height and width.
    """
    with open_mosaic(mosaic) as roman:
        data, err = (np.asarray(roman[name]) for name in ("data", "err"))
        count = 0
        for tile in _tiles(data.shape, size):
            values, errors = np.array(data[tile.slices]), np.array(err[tile.slices])
            release_pages(data)
            release_pages(err)
            values[~(errors > 0)] = np.nan
            if np.isfinite(values).mean() >= MIN_COVERED:
                values -= np.nanmedian(values)
                yield SkyTile(values, errors, empty(values / errors))
                count += 1
            if count == MAX_TILES:
                return


def noise_samples(tiles):
    """Collect data / err, less its median, of the empty sky of some tiles: ndarray of float32, shape (n,)."""
    samples = [_centered((tile.data / tile.err)[tile.empty]) for tile in tiles]
    return np.concatenate([np.zeros(0, np.float32), *samples])


def _tiles(shape, size):
    tiles = cut_into_blocks(Rectangle.whole(shape), size, 0)
    # More than are needed, because some will lie outside of all members; the same ones every time.
    return [tiles[k] for k in np.random.default_rng(0).permutation(len(tiles))[: 8 * MAX_TILES]]


def _centered(values):
    finite = values[np.isfinite(values)]
    return finite - np.median(finite) if finite.size else finite


def empty(image):
    """Find where an image shows nothing but noise.

    Parameters
    ----------
    image : ndarray of float32, shape (ny, nx)
        NaN is no value.

    Returns
    -------
    ndarray of bool
        False where the image, smoothed over 5 pixels, rises or falls by more than 3.5 of its own
        scatter, and 5 pixels around.
    """
    valid = np.isfinite(image)
    if not valid.any():
        return valid
    middle = np.median(image[valid])
    smooth = ndimage.uniform_filter(np.where(valid, image - middle, 0), SMOOTH)
    scatter = mad_std(smooth[valid])
    return valid & ~ndimage.binary_dilation(np.abs(smooth) > SOURCE * scatter, np.ones((2 * SMOOTH + 1,) * 2))


def width(values):
    """Compute the standard deviation of a distribution from its lower half, which sources cannot widen.

    Parameters
    ----------
    values : ndarray of float32, shape (n,)
        What lies too far out for noise does not count.

    Returns
    -------
    float
        NaN without values.
    """
    if values.size == 0:
        return float("nan")
    below = np.median(values) - values
    below = below[below >= 0].astype(float)
    below = below[below <= MAX_SCATTER / 0.6745 * np.median(below)]
    return float(np.sqrt(np.mean(below**2)))
