"""Find the output pixels that a member exposes: its exposure time counts whole pixels, whatever size the drops have."""

import numpy as np

from .drizzling import Canvas, Drop
from .flags import bad_bits
from .grown_mask import grown_mask
from .strips import strips


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
    whole = Drop(kernel, 1.0, recipe.drop.pixel_scale_ratio)
    if kernel == "square":
        # Small drops leave few gaps: looking at these alone takes a tenth of the time of drizzling.
        reached = _reached(~fallen, area, positions, usable, int(np.ceil(whole.reach)))
        if not (reached & _near_border(block, area, whole.margin)).any():
            return fallen | reached
    canvas = Canvas(block)
    ones = usable.astype(np.float32)
    canvas.add(ones, ones, positions, whole)
    return fallen | (canvas.weight[area] != 0)


def _reached(gaps, area, positions, usable, reach):
    # Which gaps have a part, however small, in the square of a usable pixel.
    origin = np.array([area[1].start, area[0].start])
    rows, columns = np.nonzero(usable & _near(gaps, origin, positions, reach))
    squares = _corners(positions, rows, columns) - origin
    nearest = np.rint(positions[rows, columns] - origin).astype(np.intp)
    reached = np.zeros_like(gaps)
    for x, y in np.ndindex(2 * reach + 1, 2 * reach + 1):
        pixel = nearest + np.array([x - reach, y - reach])
        inside = ((pixel >= 0) & (pixel < gaps.shape[::-1])).all(axis=1)
        inside[inside] = gaps[pixel[inside, 1], pixel[inside, 0]]
        hit = pixel[inside][_overlap(squares[inside] - pixel[inside, None])]
        reached[hit[:, 1], hit[:, 0]] = True
    return reached


def _near_border(block, area, margin):
    # Where drizzle drops contributions, by a rule of its own: along the border of the grid.
    sides = []
    for own, outer, span in zip(
        (block.rows, block.columns), (block.outer_rows, block.outer_columns), area, strict=True
    ):
        index = np.arange(span.start, span.stop)
        first = (index < margin) & (own.start == outer.start)
        last = (index >= outer.stop - outer.start - margin) & (own.stop == outer.stop)
        sides.append(first | last)
    return sides[0][:, None] | sides[1]


def _near(gaps, origin, positions, reach):
    # Pixels whose middle is not farther from a gap than the reach. Outside of the area nothing can fall.
    wide = grown_mask(np.pad(gaps, reach + 1), reach)
    near = np.empty(positions.shape[:2], bool)
    for rows in strips(slice(0, len(positions)), positions.shape[1]):
        x, y = (np.rint(positions[rows, :, c] - (origin[c] - reach - 1)).astype(np.intp) for c in (0, 1))
        near[rows] = wide[np.clip(y, 0, wide.shape[0] - 1), np.clip(x, 0, wide.shape[1] - 1)]
    return near


def _corners(positions, rows, columns):
    # As drizzle finds them: halfway between pixels, beyond the border on a straight line. Shape (n, 4, 2).
    around = np.arange(-1, 2)
    y, x = rows[:, None, None] + around[:, None], columns[:, None, None] + around
    inner_y, inner_x = np.clip(y, 0, len(positions) - 1), np.clip(x, 0, positions.shape[1] - 1)
    back_y, back_x = 2 * inner_y - y, 2 * inner_x - x

    def on_row(y):
        return 2 * positions[y, inner_x] - positions[y, back_x]

    around = 2 * on_row(inner_y) - on_row(back_y)
    middle = (around[:, :-1, :-1] + around[:, 1:, :-1] + around[:, :-1, 1:] + around[:, 1:, 1:]) / 4
    return np.stack([middle[:, 0, 0], middle[:, 0, 1], middle[:, 1, 1], middle[:, 1, 0]], axis=1)


def _overlap(squares):
    # Whether convex quadrilaterals have an area in common with the pixel around the origin: no side of
    # either is a line that parts them (separating axes; Ericson, Real-Time Collision Detection, ch. 5).
    apart = ((squares.min(axis=1) >= 0.5) | (squares.max(axis=1) <= -0.5)).any(axis=1)
    side = np.roll(squares, -1, axis=1) - squares
    turn = np.sign(side[:, 0, 0] * side[:, 1, 1] - side[:, 0, 1] * side[:, 1, 0])
    outward = np.stack([side[..., 1], -side[..., 0]], axis=-1) * turn[:, None, None]
    farthest = 0.5 * np.abs(outward).sum(axis=-1)
    apart |= (-(outward * squares).sum(axis=-1) >= farthest).any(axis=1)
    return ~apart
