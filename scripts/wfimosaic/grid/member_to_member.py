"""Map the pixels of one member to those of another that looked at the same sky."""

from dataclasses import dataclass

import numpy as np

from . import pixel_map

# The way from detector to detector is as smooth as each one's way to the grid.
NODES = 10
LATTICE = 33
# How far a linear map between grid and detector may be off [pixel].
NONLINEARITY = 60


@dataclass(frozen=True)
class MemberToMember:
    """Where one member's pixels lie on another.

    `coefficients` are those of `pixel_map`, valid in `box` (x0, x1, y0, y1) of the first member, outside of which it
    does not meet the other; `shape` (ny, nx) is the other's; `turn` is the sine of the angle between the two.
    """

    coefficients: np.ndarray
    box: tuple
    shape: tuple
    turn: float

    def positions(self, x, y):
        """Find pixels x, y on the other member: two ndarrays of float64, NaN where the two do not meet."""
        x0, x1, y0, y1 = self.box
        meets = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        ny, nx = self.coefficients.shape[:2]
        across = pixel_map.polynomial_basis(x[meets], x0, x1, nx)
        up = pixel_map.polynomial_basis(y[meets], y0, y1, ny)
        found = np.full((2, len(x)), np.nan)
        for target, coefficients in zip(found, np.moveaxis(self.coefficients, -1, 0), strict=True):
            target[meets] = ((up @ coefficients) * across).sum(axis=1)
        return found


def member_to_member(source, target):
    """Find how one member's pixels map to another's.

    Parameters
    ----------
    source, target : GridMember

    Returns
    -------
    MemberToMember or None
        None if they do not meet.
    """
    x0, x1, y0, y1 = source.box
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(x0, x1, LATTICE), np.linspace(y0, y1, LATTICE)))
    on_grid = pixel_map.positions(source.coefficients, source.box, x, y)
    inverse = _linear_inverse(target)
    u, v = (on_grid @ inverse[:2] + inverse[2]).T
    left, right, bottom, top = np.array(target.box) + np.array([-1, 1, -1, 1]) * NONLINEARITY
    meets = (u > left) & (u < right) & (v > bottom) & (v < top)
    if not meets.any():
        return None
    step_x, step_y = (x1 - x0) / (LATTICE - 1), (y1 - y0) / (LATTICE - 1)
    box = (
        max(x0, x[meets].min() - step_x),
        min(x1, x[meets].max() + step_x),
        max(y0, y[meets].min() - step_y),
        min(y1, y[meets].max() + step_y),
    )
    x, y = np.meshgrid(pixel_map.nodes(box[0], box[1], NODES), pixel_map.nodes(box[2], box[3], NODES))
    on_grid = pixel_map.positions(source.coefficients, source.box, x.ravel(), y.ravel())
    values = pixel_map.inverse_positions(target.coefficients, target.box, *on_grid.T).reshape(NODES, NODES, 2)
    return MemberToMember(pixel_map.fit(values), box, target.shape, _turn(values))


def same_pixels(shape):
    """Return the map between two members whose pixels of the same row and column look at the same sky."""
    box = (-0.5, shape[1] - 0.5, -0.5, shape[0] - 0.5)
    x, y = np.meshgrid(pixel_map.nodes(*box[:2], 2), pixel_map.nodes(*box[2:], 2))
    return MemberToMember(pixel_map.fit(np.stack([x, y], axis=-1)), box, shape, 0.0)


def _linear_inverse(member):
    # Matrix (3, 2) that takes grid x, y and 1 to the member's pixels, about.
    x0, x1, y0, y1 = member.box
    pixels = np.array([(x, y) for x in np.linspace(x0, x1, 5) for y in np.linspace(y0, y1, 5)])
    on_grid = pixel_map.positions(member.coefficients, member.box, *pixels.T)
    return np.linalg.lstsq(np.column_stack([on_grid, np.ones(len(on_grid))]), pixels, rcond=None)[0]


def _turn(values):
    across, up = values[NODES // 2, -1] - values[NODES // 2, 0], values[-1, NODES // 2] - values[0, NODES // 2]
    angle = np.arctan2(
        across[1] / np.hypot(*across) - up[0] / np.hypot(*up), across[0] / np.hypot(*across) + up[1] / np.hypot(*up)
    )
    return float(abs(np.sin(angle)))
