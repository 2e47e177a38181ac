"""Read where an image lies on the sky, and through which filter it was taken."""

import numpy as np

from ..images.image_file import open_image
from .grid import outline
from .member_header import image_wcs, sky_positions

# Straight pieces of each edge of a distorted image.
PIECES = 4


def read_image_outline(path):
    """Read the header of an image.

    Parameters
    ----------
    path : str
        A `_cal` file.

    Returns
    -------
    str, ndarray of float64, shape (4 PIECES, 2)
        Its optical element, and RA and Dec along its border [deg].

    Raises
    ------
    InputError
    """
    with open_image(path, validate=True) as model:
        wcs, (x0, x1, y0, y1) = image_wcs(path, model)
        x, y = outline((0, 1, 0, 1), 1 / PIECES)
        vertices = sky_positions(path, wcs, x0 + x * (x1 - x0), y0 + y * (y1 - y0))
        return str(model.meta.instrument.optical_element), np.column_stack(vertices)
