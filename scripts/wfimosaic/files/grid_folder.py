"""Where the grid of a product lies: in a file of its own, or, in a field, in a folder with those of all products."""

import os

ENDING = ".asdf"


def grid_in(place, product):
    """Name the file of a product's grid.

    Parameters
    ----------
    place : str
        That file itself, or a folder of grids.
    product : str

    Returns
    -------
    str
    """
    return str(place) if str(place).endswith(ENDING) else os.path.join(place, f"{product}{ENDING}")
