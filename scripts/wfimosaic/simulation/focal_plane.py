"""A focal plane for simulated exposures: where detectors look, and how they distort."""

import gwcs
import numpy as np
from astropy import coordinates
from astropy import units as u
from astropy.modeling import models
from gwcs import coordinate_frames

# The Wide Field Instrument's scale [arcsec] and its layout of 6 x 3 detectors with gaps, in units of
# a detector's width; the real one is curved, which makes no difference to any step.
PIXEL_SCALE = 0.11
GAP = 0.1
DETECTORS = 18


def detector_offset(detector):
    """Return a detector's centre in the focal plane, in widths: (x, y) of WFI01 to WFI18."""
    column, row = divmod(detector - 1, 3)
    return (column - 2.5) * (1 + GAP), (row - 1) * (1 + GAP)


def detector_wcs(pointing, detector, shape, distortion=0.008, with_inverse=False, middle=None):
    """Make the WCS of a detector.

    Parameters
    ----------
    pointing : (float, float, float)
        RA and Dec of the `middle` and the position angle of +y [deg].
    detector : int
        1 to 18.
    shape : (int, int)
        ny, nx.
    distortion : float
        Relative change of scale at a detector's edge.
    with_inverse : bool
        Whether sky to pixel is to be given too; simulated files often lack it.
    middle : (float, float), optional
        Position in the focal plane that `pointing` is for, in widths; else the detector's centre.

    Returns
    -------
    gwcs.WCS
    """
    ny, nx = shape
    ra, dec, angle = pointing
    width = max(shape)
    phase = 0.37 * detector
    bend = distortion / width
    quadratic = bend * np.array([[1.0, 0.4, -0.3], [0.2, -0.5, 0.9]]) * np.cos(phase + np.arange(3))
    cubic = bend / width * np.array([[0.3, -0.2], [0.25, 0.15]]) * np.sin(phase + np.arange(2))
    center = detector_offset(detector)
    shift_x, shift_y = ((offset - origin) * width for offset, origin in zip(center, middle or center, strict=True))
    distort = models.Mapping((0, 1, 0, 1)) | (
        models.Polynomial2D(
            3,
            c0_0=shift_x,
            c1_0=1,
            c2_0=quadratic[0, 0],
            c1_1=quadratic[0, 1],
            c0_2=quadratic[0, 2],
            c3_0=cubic[0, 0],
            c1_2=cubic[0, 1],
        )
        & models.Polynomial2D(
            3,
            c0_0=shift_y,
            c0_1=1,
            c2_0=quadratic[1, 0],
            c1_1=quadratic[1, 1],
            c0_2=quadratic[1, 2],
            c0_3=cubic[1, 0],
            c2_1=cubic[1, 1],
        )
    )
    scale = PIXEL_SCALE / 3600
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    to_sky = (
        models.AffineTransformation2D(matrix=scale * np.array([[-cos, sin], [sin, cos]]))
        | models.Pix2Sky_TAN()
        | models.RotateNative2Celestial(ra, dec, 180)
    )
    transform = models.Shift(-(nx - 1) / 2) & models.Shift(-(ny - 1) / 2) | distort | to_sky
    if with_inverse:
        transform.inverse = _inverse(distort, to_sky, shape)
    frames = (
        coordinate_frames.Frame2D(name="detector", axes_names=("x", "y"), unit=(u.pix, u.pix)),
        coordinate_frames.CelestialFrame(reference_frame=coordinates.ICRS(), name="world", unit=(u.deg, u.deg)),
    )
    wcs = gwcs.WCS([(frames[0], transform), (frames[1], None)])
    wcs.bounding_box = ((-0.5, nx - 0.5), (-0.5, ny - 0.5))
    return wcs


def _inverse(distort, to_sky, shape):
    # A polynomial of one degree more than the distortion's, good to a thousandth of a pixel.
    from astropy.modeling.fitting import LinearLSQFitter

    ny, nx = shape
    y, x = np.mgrid[-ny / 2 : ny / 2 : 30j, -nx / 2 : nx / 2 : 30j]
    u_, v = distort(x, y)
    center = models.Shift(-u_.mean()) & models.Shift(-v.mean())
    fit = LinearLSQFitter()
    back = [fit(models.Polynomial2D(5), u_ - u_.mean(), v - v.mean(), values) for values in (x, y)]
    undistort = center | models.Mapping((0, 1, 0, 1)) | back[0] & back[1]
    return to_sky.inverse | undistort | models.Shift((nx - 1) / 2) & models.Shift((ny - 1) / 2)
