"""The members of a grid whose images there are."""

import dataclasses

from ..files.exposure_folder import stem_of
from ..grid.grid import read_grid
from ..images.unreadable import why_unreadable


def members_on_grid(grid, images):
    """Read a grid and leave out the members that could not be read, as the others of a field do without them.

    Parameters
    ----------
    grid : str
        The outlier grid's file.
    images : list of str
        `_skymatch` files: one of each member in the grid's order, or, named after their members, also others.

    Returns
    -------
    grid : Grid
    images : list of str
        In its members' order.
    """
    grid = read_grid(grid)
    stems = [member.stem for member in grid.members]
    if len(images) != len(stems):
        stems = [stem_of(path) for path in images]
    there = {stem: path for stem, path in zip(stems, images, strict=True) if not why_unreadable(path)}
    members = [member for member in grid.members if member.stem in there]
    return dataclasses.replace(grid, members=members), [there[member.stem] for member in members]
