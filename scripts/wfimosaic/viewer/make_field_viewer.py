"""Make the pages that show all mosaics of a field as one sky, one page for each filter."""

import logging
from pathlib import Path

from ..mosaic.mosaic_file import open_mosaic
from .make_viewer import make_viewer

log = logging.getLogger(__name__)


def make_field_viewer(mosaics, grids, viewer, folder, field, missing=(), workers=1):
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
    missing : list of str
        Names of products that have no mosaics, which the page and the log tell.
    workers : int
    """
    if missing:
        log.warning("%s", without(missing))
    of_filter = {}
    for mosaic, grid in zip(mosaics, grids, strict=True):
        with open_mosaic(mosaic) as roman:
            element = str(roman["meta"]["instrument"]["optical_element"])
        of_filter.setdefault(element, []).append((mosaic, grid))
    for element, pairs in of_filter.items():
        make_viewer(
            *zip(*pairs, strict=True),
            viewer,
            str(Path(folder, element)),
            f"{field} {element}",
            without(missing),
            workers,
        )


def without(missing):
    """Say which products are not on a page: str, empty if all are."""
    count = f"{len(missing)} product{'s' if len(missing) > 1 else ''}"
    return f"Without {count} that could not be made: {', '.join(missing)}" if missing else ""
