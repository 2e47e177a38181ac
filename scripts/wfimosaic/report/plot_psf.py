"""Draw the width of a mosaic's PSF over the mosaic."""

import numpy as np

from ..grid.fits_wcs import fits_wcs
from ..pictures.show_image import show_image
from ..pictures.sky_picture import sky_picture
from ..psf.mosaic_psf import MosaicPsf
from ..psf.psf_map import measure_psf_map, write_psf_map

# Parts of the mosaic in x and in y.
COUNT = 16


def plot_psf(mosaic, picture, widths, epsf=None):
    """Measure the PSF all over a mosaic and draw its width as PNG.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file beside which the run's other files lie.
    picture : str
        The PNG to write.
    widths : str
        The file of the map to write, see `PsfMap`.
    epsf : str
        Names of reference files, see `EpsfFiles`.
    """
    psf = MosaicPsf(mosaic, epsf)
    measured = measure_psf_map(psf, COUNT, epsf)
    write_psf_map(widths, measured)
    shape = ny, nx = psf.grid.shape
    what = "no pixel is covered"
    if np.isfinite(measured.fwhm).any():
        what = f"{np.nanmedian(measured.fwhm):.4f} arcsec, ellipticity {np.nanmedian(measured.ellipticity):.3f}"
    title = f"{psf.product}   {psf.optical_element}   PSF, median {what}"
    with sky_picture(picture, fits_wcs(psf.grid.wcs, shape), shape, title) as axes:
        extent = (-0.5, nx - 0.5, -0.5, ny - 0.5)
        show_image(axes, measured.fwhm, "Full width at half maximum [arcsec]", extent=extent, cmap="viridis")
