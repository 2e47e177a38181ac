"""Express a mosaic's WCS in FITS keywords, for files and pictures."""

import logging
import warnings

import numpy as np
from astropy.wcs import WCS, FITSFixedWarning

log = logging.getLogger(__name__)

# What a fitted FITS WCS may be off [pixel].
TOLERANCE = 1e-6


def fits_wcs(wcs, shape, step=1):
    """Make the FITS WCS of an output grid.

    Parameters
    ----------
    wcs : gwcs.WCS
        A tangent plane as `tangent_plane` makes it is translated keyword by keyword; any other is
        fitted with SIP polynomials, and a warning says how far that is off if it is more than 1e-6 pixel.
    shape : (int, int)
        ny, nx of the grid.
    step : int
        For an image of boxes of step x step pixels.

    Returns
    -------
    astropy.wcs.WCS

    References
    ----------
    Calabretta & Greisen 2002, A&A 395, 1077; Shupe et al. 2005, ASPC 347, 491 (SIP).
    """
    # Here and below: importing these takes a second, which pictures of a tangent plane do without.
    from astropy.modeling.projections import Pix2Sky_Gnomonic

    transform = wcs.forward_transform
    if isinstance(getattr(transform, "projection", None), Pix2Sky_Gnomonic):
        pole = float(getattr(transform.lon_pole, "value", transform.lon_pole))
        numbers = (np.asarray(getattr(transform, name).value) for name in ("crpix", "crval", "cdelt", "pc"))
        return _translated(*numbers, pole, step)
    return _fitted(wcs, shape) if step == 1 else _fitted(_of_boxes(wcs, step), [n // step for n in shape])


def plane_wcs(plane, step=1):
    """Make the FITS WCS of a StoredPlane, as of one that `tangent_plane` made: see `fits_wcs`."""
    return _translated(plane.crpix, plane.crval, np.ones(2), plane.matrix, 180.0, step)


def _translated(crpix, crval, cdelt, pc, pole, step):
    fits = WCS(naxis=2)
    fits.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    fits.wcs.cunit = ["deg", "deg"]
    fits.wcs.crpix = (crpix + 0.5) / step + 0.5
    fits.wcs.crval = crval
    fits.wcs.cdelt = cdelt * step
    fits.wcs.pc = pc
    # FITS would put the native pole at 0 where the tangent point is the celestial pole.
    fits.wcs.lonpole = pole
    fits.wcs.radesys = "ICRS"
    fits.wcs.set()
    return fits


def _fitted(wcs, shape):
    ny, nx = shape
    box = ((-0.5, nx - 0.5), (-0.5, ny - 0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = wcs.to_fits_sip(bounding_box=box, max_pix_error=TOLERANCE / 10, max_inv_pix_error=None)
        warnings.simplefilter("ignore", FITSFixedWarning)
        fits = WCS(header)
    y, x = (grid.ravel() for grid in np.mgrid[0 : ny - 1 : 20j, 0 : nx - 1 : 20j])
    sky = fits.all_pix2world(x, y, 0)
    back = wcs.invert(*sky, with_bounding_box=False)
    away = np.nanmax(np.hypot(back[0] - x, back[1] - y))
    if not away < TOLERANCE:
        log.warning("the FITS WCS is a polynomial that is off by up to %.2g pixel; the ASDF file's is exact", away)
    return fits


def _of_boxes(wcs, step):
    import gwcs
    from astropy.modeling import models

    scale = models.Scale(step) & models.Scale(step) | models.Shift((step - 1) / 2) & models.Shift((step - 1) / 2)
    return gwcs.WCS([(wcs.input_frame, scale | wcs.forward_transform), (wcs.output_frame, None)])
