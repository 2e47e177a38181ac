"""Find the output pixels that a member exposes: its exposure time counts whole pixels, whatever size the drops have."""

import numpy as np

from ..drizzling.drop import Drop
from ..drizzling.member_on_block import MemberOnBlock
from ..images.flags import bad_bits


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
    kernel = recipe.drop.kernel
    # Negative lobes take part in no context, but count here.
    if recipe.drop.pixfrac == 1 and complete and not kernel.startswith("lanczos"):
        return fallen
    usable = (image.read("dq", part) & bad_bits(recipe.good_bits)) == 0
    whole = MemberOnBlock(block)
    ones = usable.astype(np.float32)
    whole.drizzle(ones[None], ones, positions, Drop(kernel, 1.0, recipe.drop.pixel_scale_ratio))
    return fallen | (whole.weight[area] != 0)
