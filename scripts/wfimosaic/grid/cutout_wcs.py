"""The WCS of a cutout."""

import gwcs
import numpy as np
from astropy.modeling import models

from .tangent_plane import tangent_plane


def cutout_wcs(wcs, x, y, shape):
    """Make the WCS of a cutout of an image.

    Parameters
    ----------
    wcs : gwcs.WCS
        The image's.
    x, y : int
        First column and row of the cutout.
    shape : (int, int)
        Its ny, nx.

    Returns
    -------
    gwcs.WCS
        In the form of a FITS imaging transform if `wcs` has it.
    """
    transform = wcs.forward_transform
    if hasattr(transform, "crpix"):
        crpix = np.asarray(transform.crpix.value) - (x, y)
        scale = transform.cdelt.value
        return tangent_plane(transform.crval.value, crpix, float(scale[0]), transform.pc.value, shape)
    shifted = models.Shift(x) & models.Shift(y) | transform
    cutout = gwcs.WCS([(wcs.input_frame, shifted), (wcs.output_frame, None)])
    cutout.pixel_shape = shape[::-1]
    cutout.bounding_box = tuple((-0.5, n - 0.5) for n in shape[::-1])
    return cutout
