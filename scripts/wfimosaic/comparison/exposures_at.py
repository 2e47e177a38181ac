"""How many exposures looked at places on a grid."""

import numpy as np


def exposures_at(members, x, y):
    """Count the exposures that looked at places.

    Parameters
    ----------
    members : list of GridMember
        Of these detectors of one exposure have its `group`, and do not overlap.
    x, y : ndarray of float, shape (n,)
        On the lattice of their grid.

    Returns
    -------
    ndarray of int, shape (n,)
        To a pixel at the borders, where the sides of a detector are not straight.
    """
    count = np.zeros(len(x), int)
    for member in members:
        corners = member.outline() + member.origin
        to_next = np.roll(corners, -1, axis=0) - corners
        # Left of all sides or right of all, as detectors are seen in either sense.
        sides = [dx * (y - v) - dy * (x - u) for (u, v), (dx, dy) in zip(corners, to_next, strict=True)]
        count += (np.min(sides, axis=0) >= 0) | (np.max(sides, axis=0) <= 0)
    return count
