"""How much a mosaic's pixels scatter, in units of their error, and how much they should."""

import numpy as np
from astropy.stats import mad_std
from scipy import ndimage

from ..drizzling.canvas import Canvas
from ..drizzling.drop import Drop, part_and_map
from ..drizzling.member_on_block import MemberOnBlock
from ..files.strips import release_pages
from ..grid.blocks import cut_into_blocks
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic

TILE = 160
MAX_TILES = 24
# A tile counts if this part of it is covered.
MIN_COVERED = 0.5
SMOOTH = 5
SOURCE = 3.5


def noise_samples(mosaic, grid):
    """Sample empty sky of a mosaic, and noise that was drizzled just as its members were.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    grid : str
        The mosaic grid's file.

    Returns
    -------
    sky, noise : ndarray of float32, shape (n,)
        (data - local median) / err of pixels far from sources, and of simulated white noise.
    """
    grid = read_grid(grid)
    with open_mosaic(mosaic) as roman:
        resample = MosaicRecord.of(roman["meta"]).settings["resample"]
        drop = Drop(resample["kernel"], resample["pixfrac"], grid.pixel_scale_ratio)
        data, err = (np.asarray(roman[name]) for name in ("data", "err"))
        sky, noise = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
        for tile in _tiles(grid.shape, drop.margin):
            values = data[tile.slices]
            if len(sky) <= MAX_TILES and np.isfinite(values).mean() >= MIN_COVERED:
                values = (values - np.nanmedian(values)) / err[tile.slices]
                sky.append(_centered(values[empty(values)]))
                noise.append(_centered(drizzled_noise(grid.members, tile, drop, seed=len(noise))))
            release_pages(data)
            release_pages(err)
    return np.concatenate(sky), np.concatenate(noise)


def _tiles(shape, margin):
    tiles = cut_into_blocks(Rectangle.whole(shape), TILE, margin)
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


def drizzled_noise(members, block, drop, seed=0):
    """Drizzle white noise of unit variance as members of equal weight, in units of the error.

    The error of a pixel with n members is ``1 / sqrt(n)``, over the pixel scale ratio, as the mosaic
    defines it: drizzled noise scatters less, because it is correlated.

    Parameters
    ----------
    members : list of GridMember
    block : Block
    drop : Drop
    seed : int

    Returns
    -------
    ndarray of float32, shape of the block
        NaN where no member falls.

    References
    ----------
    Fruchter & Hook 2002, PASP 114, 144, section 7; Casertano et al. 2000, AJ 120, 2747, appendix.
    """
    rng = np.random.default_rng(seed)
    canvas, single = Canvas(block), MemberOnBlock(block)
    count = np.zeros(block.outer.shape, np.float32)
    for member in members:
        overlap = part_and_map(member, block, drop)
        if overlap is None:
            continue
        positions = overlap[1]
        weight = np.ones(positions.shape[:2], np.float32)
        noise = rng.standard_normal(positions.shape[:2], dtype=np.float32)
        single.drizzle(noise[None], weight, positions, drop)
        count[single.area] += single.weight[single.area] != 0
        canvas.merge(single)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = canvas.image * np.sqrt(count) * np.float32(drop.pixel_scale_ratio)
    return values[block.inner]


def width(values):
    """Compute the standard deviation of the lower half of a distribution, which sources cannot widen.

    Parameters
    ----------
    values : ndarray of float32, shape (n,)

    Returns
    -------
    float
        NaN without values.
    """
    if values.size == 0:
        return float("nan")
    low, middle = np.percentile(values, [15.865525, 50])
    return float(middle - low)
