"""The gnomonic WCS that output grids have."""

import gwcs
import numpy as np
from astropy import coordinates
from astropy import units as u
from astropy.modeling import models
from gwcs import coordinate_frames


def tangent_plane(crval, crpix, pixel_scale, rotation_matrix, shape=None):
    """Make a gnomonic WCS as a FITS imaging transform, the form that romancal writes.

    Parameters
    ----------
    crval : (float, float)
        RA and Dec of the tangent point [deg].
    crpix : (float, float)
        Its pixel, counted from 0.
    pixel_scale : float
        [deg]
    rotation_matrix : array-like of float, shape (2, 2)
    shape : (int, int), optional
        ny, nx.

    Returns
    -------
    gwcs.WCS
    """
    transform = gwcs.FITSImagingWCSTransform(
        models.Pix2Sky_TAN(),
        crpix=list(crpix),
        crval=list(crval),
        cdelt=[pixel_scale, pixel_scale],
        pc=np.asarray(rotation_matrix, dtype=float),
    )
    detector = coordinate_frames.Frame2D(name="detector", axes_names=("x", "y"), unit=(u.pix, u.pix))
    sky = coordinate_frames.CelestialFrame(reference_frame=coordinates.ICRS(), name="world", unit=(u.deg, u.deg))
    wcs = gwcs.WCS([gwcs.Step(detector, transform), gwcs.Step(sky, None)])
    if shape is not None:
        wcs.pixel_shape = shape[::-1]
        wcs.bounding_box = tuple((-0.5, n - 0.5) for n in shape[::-1])
    return wcs
