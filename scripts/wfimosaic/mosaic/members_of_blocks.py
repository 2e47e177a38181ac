"""Which members may fall on a block of the mosaic."""

import numpy as np


def members_of_blocks(members, grid, blocks, reach):
    """Find the members that each of some blocks is near to.

    Parameters
    ----------
    members : list of str
        `_outlier_detection` files, in the grid's order.
    grid : Grid
    blocks : list of Block
    reach : float
        How far from its centre a pixel's flux may go [output pixel].

    Returns
    -------
    list of list of (int, GridMember, str)
        Number, member and file, in order, for each block.
    """
    numbered = [(k, member, path) for k, (member, path) in enumerate(zip(grid.members, members, strict=True))]
    extents = [(member.outline(64).min(axis=0), member.outline(64).max(axis=0)) for member in grid.members]
    found = []
    for block in blocks:
        low = np.array([block.outer.columns.start, block.outer.rows.start]) - reach - 1
        high = np.array([block.outer.columns.stop, block.outer.rows.stop]) + reach + 1
        near = zip(numbered, extents, strict=True)
        found.append([entry for entry, (first, last) in near if (first < high).all() and (last > low).all()])
    return found
