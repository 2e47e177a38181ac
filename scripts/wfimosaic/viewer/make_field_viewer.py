"""Make the pages that show all mosaics of a field as one sky, one page for each filter."""

from pathlib import Path

from ..mosaic.mosaic_file import open_mosaic
from .make_viewer import make_viewer


def make_field_viewer(mosaics, grids, viewer, folder, field, workers=1):
    """Make a folder with a page in a folder of each filter.

    Parameters
    ----------
    mosaics, grids : list of str
        `_i2d` files, and their grids' files.
    viewer : list of str
        See `make_viewer`.
    folder : str
        The folder to make.
    field : str
        Name of the field.
    workers : int
    """
    of_filter = {}
    for mosaic, grid in zip(mosaics, grids, strict=True):
        with open_mosaic(mosaic) as roman:
            element = str(roman["meta"]["instrument"]["optical_element"])
        of_filter.setdefault(element, []).append((mosaic, grid))
    for element, pairs in of_filter.items():
        make_viewer(*zip(*pairs, strict=True), viewer, str(Path(folder, element)), f"{field} {element}", workers)
