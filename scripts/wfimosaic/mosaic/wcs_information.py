"""Describe a grid in the words of the mosaic schema's wcsinfo group."""

from functools import partial

import numpy as np

from ..grid import sphere
from ..grid.pixel_scale import pixel_scale


def wcs_information(grid, skycell):
    """Describe the grid in the words of the schema's wcsinfo group.

    Parameters
    ----------
    grid : Grid
    skycell : str or None
        Name of the skycell that the grid is.

    Returns
    -------
    dict
    """
    wcs, (ny, nx) = grid.wcs, grid.shape
    transform = wcs.forward_transform
    middle = ((nx - 1) / 2, (ny - 1) / 2)
    if hasattr(transform, "crpix"):
        reference = tuple(float(value) for value in transform.crpix.value)
        matrix = transform.pc.value.tolist()
    else:
        reference, matrix = middle, None
    at_middle, at_reference = (_local_geometry(wcs, *pixel) for pixel in (middle, reference))
    if matrix is None:
        angle = np.radians(at_reference["orientation"])
        matrix = [[-float(np.cos(angle)), float(np.sin(angle))], [float(np.sin(angle)), float(np.cos(angle))]]
    corners = np.array([[-0.5, -0.5], [-0.5, ny - 0.5], [nx - 0.5, ny - 0.5], [nx - 0.5, -0.5]])
    vertices = np.column_stack(wcs(*corners.T, with_bounding_box=False))
    return {
        "ra": at_middle["ra"],
        "dec": at_middle["dec"],
        "pixel_scale": at_middle["pixel_scale"],
        "orientation": at_middle["orientation"],
        "ra_ref": at_reference["ra"],
        "dec_ref": at_reference["dec"],
        "x_ref": reference[0],
        "y_ref": reference[1],
        "pixel_scale_ref": float(transform.cdelt[0]) if hasattr(transform, "cdelt") else at_reference["pixel_scale"],
        "orientation_ref": at_reference["orientation"],
        "rotation_matrix": matrix,
        "projection": "TAN",
        "image_shape": [int(nx), int(ny)],
        "s_region": "POLYGON ICRS  " + " ".join(f"{value:.9f}" for value in vertices.ravel()),
        "skycell_name": skycell or "None",
    }


def _local_geometry(wcs, x, y):
    to_sky = partial(wcs, with_bounding_box=False)
    ra, dec = to_sky(np.array([x, x]), np.array([y, y + 100]))
    return {
        "ra": float(ra[0] % 360),
        "dec": float(dec[0]),
        "pixel_scale": pixel_scale(to_sky, x, y),
        "orientation": float(sphere.position_angle(ra[0], dec[0], ra[1], dec[1])),
    }
