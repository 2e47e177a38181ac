"""Write the PSF of a mosaic at a place, or at a grid of places."""

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..psf.epsf_files import WHERE
from ..psf.mosaic_psf import MosaicPsf
from ..psf.psf_file import write_grid, write_stamp
from ..psf.psf_grid import psf_grid
from ..psf.psf_map import known_epsf
from ..psf.shape import shape_at

# What a picture shows, over the peak.
FAINTEST = 1e-4


def write_psf(mosaic, epsf, ra, dec, size, oversample, output):
    """Write the PSF of a mosaic at a position.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    epsf : str or None
        Names of reference files; None: those of the report beside the mosaic.
    ra, dec : float
        [deg]
    size : float
        [arcsec]
    oversample : int
    output : str
        .asdf, .fits or .png

    Returns
    -------
    str
        What it is, in a few lines.

    Raises
    ------
    InputError
    """
    psf = open_psf(mosaic, epsf)
    stamp = psf.at_sky(ra, dec, size, oversample)
    x, y = (first + v / oversample for first, v in zip(stamp.corner, stamp.star, strict=True))
    shape = shape_at(psf, x, y)
    if Path(output).suffix == ".png":
        _draw(output, psf, stamp)
    else:
        write_stamp(output, stamp, shape, psf)
    ny, nx = stamp.data.shape
    lines = [
        f"{output}: {nx} x {ny} samples, {oversample} x {oversample} in a pixel of {stamp.pixel_scale:.4g} arcsec",
        f"FWHM {shape.fwhm * stamp.pixel_scale:.4f} arcsec, ellipticity {shape.ellipticity:.3f}; "
        f"{100 * stamp.captured:.1f} % of a star's light",
    ]
    width = max(len(row.member) for row in stamp.members)
    lines += [f"{row.number:4d}  {row.member.ljust(width)}  {100 * row.share:5.1f} %" for row in stamp.members]
    return "\n".join(lines)


def write_psfs(mosaic, epsf, count, size, oversample, output):
    """Write the PSFs at count x count places of a mosaic; see `write_psf`: str."""
    psf = open_psf(mosaic, epsf)
    grid = psf_grid(psf, count, size, oversample)
    write_grid(output, grid, psf)
    number, ny, nx = grid.data.shape
    left = number - np.count_nonzero(grid.covered)
    empty = f"; at {left} of the places the mosaic has nothing, and the PSF is the nearest's" if left else ""
    return f"{output}: {number} PSFs of {nx} x {ny} samples, {oversample} x {oversample} in a pixel{empty}"


def open_psf(mosaic, epsf):
    """Open a mosaic and the reference files of its detectors, those given or those of its report: MosaicPsf."""
    epsf = epsf or known_epsf(mosaic)
    if epsf is None:
        raise InputError(f'no PSFs are known of {mosaic}: give --epsf "folder/*.asdf": {WHERE}')
    return MosaicPsf(mosaic, epsf)


def _draw(output, psf, stamp):
    from matplotlib.colors import LogNorm

    from ..pictures.show_image import show_image
    from ..pictures.sky_picture import sky_picture
    from ..psf.psf_fits import stamp_wcs

    image = stamp.data / np.nanmax(stamp.data)
    title = f"{psf.product}   {psf.optical_element}   PSF at {stamp.ra:.5f}, {stamp.dec:.5f}"
    with sky_picture(output, stamp_wcs(stamp, psf), image.shape, title) as axes:
        norm = LogNorm(FAINTEST, 1, clip=True)
        show_image(axes, image, "Light over that of the peak", norm=norm, cmap="viridis")
