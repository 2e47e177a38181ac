"""Open mosaics that a user names."""

from contextlib import contextmanager
from pathlib import Path

import asdf
import numpy as np

from ..errors import InputError


@contextmanager
def open_mosaic(path):
    """Open a mosaic of this workflow, its arrays mapped into memory.

    Parameters
    ----------
    path : str

    Yields
    ------
    dict
        The tree of a MosaicModel.

    Raises
    ------
    InputError
        If it is something else.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        file = asdf.open(path, memmap=True)
    except Exception as error:  # what asdf and yaml raise for a broken file is not one family
        raise InputError(f"{path}: cannot be read as ASDF: {str(error).splitlines()[0][:100]}") from None
    with file:
        roman = file.tree.get("roman")
        if not hasattr(roman, "get") or any(roman.get(name) is None for name in ("data", "context", "meta")):
            raise InputError(f"{path}: is no mosaic: give an _i2d.asdf file")
        if "wfimosaic" not in roman["meta"]:
            raise InputError(f"{path}: was not made by wfimosaic: its metadata do not say how it was made")
        yield roman


def pixel_at(path, roman, ra, dec):
    """Find the pixel that a sky position falls on.

    Parameters
    ----------
    path : str
        For the message.
    roman : dict
        What `open_mosaic` gave.
    ra, dec : float
        [deg]

    Returns
    -------
    (float, float)
        x and y, counted from 0 at the centre of the first pixel.

    Raises
    ------
    InputError
        If the position is no position, or outside of the mosaic.
    """
    if not -90 <= dec <= 90:
        raise InputError(f"declination {dec:g}: is not between -90 and 90 degrees")
    x, y = (float(value) for value in roman["meta"]["wcs"].invert(ra, dec, with_bounding_box=False))
    ny, nx = roman["data"].shape
    if not (-0.5 <= x < nx - 0.5 and -0.5 <= y < ny - 0.5) or not np.isfinite([x, y]).all():
        middle = roman["meta"]["wcsinfo"]
        raise InputError(
            f"{path}: RA {ra:g}, Dec {dec:g} lies outside of it; its middle is at "
            f"RA {middle['ra']:.5f}, Dec {middle['dec']:.5f}"
        )
    return x, y
