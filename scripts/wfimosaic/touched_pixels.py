"""Find the output pixels that a member exposes: its exposure time counts whole pixels, whatever size the drops have."""

import numpy as np
from scipy import ndimage

from .drizzling import Canvas, Drop
from .flags import bad_bits


def touched_pixels(image, part, positions, block, area, recipe, fallen, complete):
    """Tell where the usable pixels of a member fall when drops are as large as pixels.

    Parameters
    ----------
    image : MappedImage
    part : (slice, slice)
    positions : ndarray of float64
        See `part_and_map`.
    block : Block
    area : (slice, slice)
        The rectangle of the block that the part falls into.
    recipe : Recipe
    fallen : ndarray of bool, shape of the area
        Where the member's weighted drops fell.
    complete : bool
        Whether all usable pixels had weight.

    Returns
    -------
    ndarray of bool, shape of the area

    References
    ----------
    romancal.resample, which drizzles an image of constant value for it.
    """
    # Negative lobes take part in no context, but count here.
    lobes = recipe.drop.kernel.startswith("lanczos")
    if recipe.drop.pixfrac == 1 and complete and not lobes:
        return fallen
    usable = (image.read("dq", part) & bad_bits(recipe.good_bits)) == 0
    whole = Drop(recipe.drop.kernel, 1.0, recipe.drop.pixel_scale_ratio)
    if not lobes:
        usable &= _near_gaps(fallen, area, positions, whole)
        positions, usable = _tiles(positions, usable)
    ones = usable.astype(np.float32)
    canvas = Canvas(block)
    canvas.add(ones, ones, positions, whole)
    return fallen | (canvas.weight[area] != 0)


def _near_gaps(fallen, area, positions, drop):
    # Pixels that may reach an output pixel where nothing has fallen yet.
    reach = int(np.ceil(drop.reach))
    gaps = np.pad(~fallen, reach + 1, constant_values=True)
    gaps = ndimage.binary_dilation(gaps, np.ones((2 * reach + 1,) * 2, bool)) if reach else gaps
    x = np.rint(positions[..., 0]).astype(np.int32) - (area[1].start - reach - 1)
    y = np.rint(positions[..., 1]).astype(np.int32) - (area[0].start - reach - 1)
    return gaps[np.clip(y, 0, gaps.shape[0] - 1), np.clip(x, 0, gaps.shape[1] - 1)]


def _tiles(positions, chosen):
    # Few pixels are drizzled as tiles of 3 x 3, because drizzle finds a pixel's corners from its neighbours.
    rows, columns = np.nonzero(chosen)
    if 9 * rows.size > chosen.size:
        return positions, chosen
    around = np.arange(3)
    padded = np.pad(positions, ((1, 1), (1, 1), (0, 0)), mode="reflect", reflect_type="odd")
    tiles = padded[rows[:, None, None] + around[:, None], columns[:, None, None] + around]
    middle = np.zeros((rows.size, 3, 3), bool)
    middle[:, 1, 1] = True
    return tiles.reshape(-1, 3, 2), middle.reshape(-1, 3)
