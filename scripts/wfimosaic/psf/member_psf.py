"""A star in one member: its light in the member's pixels, and the weights that these have in a mosaic."""

from dataclasses import dataclass

import numpy as np

from ..grid.rectangle import Rectangle
from ..images.weights import weighted_part

# Pixels around what falls into a stamp: a drop's corners depend on its neighbours.
BORDER = 3


@dataclass(frozen=True)
class StarInMember:
    """What a member would have of a star of flux 1 at some places, in the part that falls into a stamp.

    `light` is the flux in an area of the mosaic's pixel, shape (places, ny, nx); `weight` that of the pixels,
    `positions` where they fall, counted from the stamp's corner, as drizzle takes them. `place` is the star's own
    pixel x, y.
    """

    light: np.ndarray
    weight: np.ndarray
    positions: np.ndarray
    place: tuple


def star_in_member(member, image, part, stamp, places, psf, recipe, even=False):
    """Compute what a member has of a star.

    Parameters
    ----------
    member : GridMember
    image : StoredImage
        Its flagged image.
    part : Rectangle
        Of the member, see `part_in_stamp`.
    stamp : Rectangle
        Of the grid.
    places : ndarray of float, shape (n, 2)
        Grid x, y of the star, the first being its own, others close to it.
    psf : callable
        See `mosaic_psf.MosaicPsf`.
    recipe : Recipe
        Of the mosaic.
    even : bool
        Whether flagged pixels are to have the weight of their neighbours.

    Returns
    -------
    StarInMember or None
        None if no pixel of the part has weight.
    """
    _, weight, _ = weighted_part(image, part.slices, recipe.weight_type, recipe.good_bits)
    if not weight.any():
        return None
    if even:
        weight = np.where(weight > 0, weight, np.median(weight[weight > 0]))
    positions = member.pixel_map(*part.slices, origin=(stamp.columns.start, stamp.rows.start))
    x, y = member.pixels_at(*places.T).T
    inside = (np.clip(v[0], 0, n - 1) for v, n in zip((x, y), member.shape[::-1], strict=True))
    light_at = psf(str(image.meta["instrument"]["detector"]), *map(float, inside))
    rows, columns = (np.arange(side.start, side.stop) for side in part.slices)
    light = np.stack([light_at(rows - v, columns - u) for u, v in zip(x, y, strict=True)])
    # Images are surface brightness: the same light on a smaller pixel makes it brighter.
    light /= _pixel_area(member, x[0], y[0])
    return StarInMember(light.astype(np.float32), weight, positions, (float(x[0]), float(y[0])))


def part_in_stamp(member, stamp, reach):
    """Find the pixels of a member that fall into a stamp.

    Parameters
    ----------
    member : GridMember
    stamp : Rectangle
    reach : float
        See `Drop`.

    Returns
    -------
    Rectangle or None
        None if there are none, or too few to know where their corners lie.
    """
    margin = reach + BORDER
    left, right = stamp.columns.start - margin, stamp.columns.stop + margin
    low, high = stamp.rows.start - margin, stamp.rows.stop + margin
    outline = member.outline()
    # Footprints are a little curved.
    if (outline.max(axis=0) < (left - 10, low - 10)).any() or (outline.min(axis=0) > (right + 10, high + 10)).any():
        return None
    corners = member.pixels_at([left, right, right, left], [low, low, high, high])
    first, last = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    x0, x1, y0, y1 = member.box
    valid = Rectangle(slice(int(np.ceil(y0)), int(np.floor(y1)) + 1), slice(int(np.ceil(x0)), int(np.floor(x1)) + 1))
    part = Rectangle(slice(first[1], last[1]), slice(first[0], last[0])).overlap(valid)
    return part if min(part.shape) >= 2 else None


def _pixel_area(member, x, y):
    # Of a member's pixel on the grid [grid pixel].
    here = member.positions(x + np.array([0.5, -0.5, 0, 0]), y + np.array([0, 0, 0.5, -0.5]))
    across, up = here[0] - here[1], here[2] - here[3]
    return abs(across[0] * up[1] - across[1] * up[0])
