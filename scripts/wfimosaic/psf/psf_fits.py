"""PSFs of a mosaic as FITS, as photometry packages read it."""

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from ..files.atomic_write import atomic_write


def stamp_to_fits(path, stamp, shape, mosaic):
    """Write a PSF: the primary array with a header, and a table MEMBERS; parameters as in `psf_file.write_stamp`."""
    image = fits.PrimaryHDU(stamp.data.astype(np.float32))
    image.header.update(stamp_wcs(stamp, mosaic).to_header())
    image.header.update(_header(mosaic, stamp.oversample))
    image.header.update(
        {
            "CAPTURED": (stamp.captured, "light in this array of a star of flux 1"),
            "RA_STAR": (stamp.ra, "[deg]"),
            "DEC_STAR": (stamp.dec, "[deg]"),
            "X_STAR": (stamp.star[0] + 1, "the star in this array, from 1"),
            "Y_STAR": (stamp.star[1] + 1, "the star in this array, from 1"),
            "X_CORNER": (stamp.corner[0] + 1, "this array's first in the mosaic, from 1"),
            "Y_CORNER": (stamp.corner[1] + 1, "this array's first in the mosaic, from 1"),
            "FWHM": (shape.fwhm * stamp.pixel_scale, "[arcsec] of the best Gaussian"),
            "E1": (shape.e1, "(a2-b2)/(a2+b2) cos(2 angle of a to x)"),
            "E2": (shape.e2, "(a2-b2)/(a2+b2) sin(2 angle of a to x)"),
        }
    )
    _write(path, [image, _members_table(stamp)])


def grid_to_fits(path, grid, mosaic):
    """Write PSFs at many places in the form of STPSF's grids; parameters as in `psf_file.write_grid`."""
    image = fits.PrimaryHDU(grid.data)
    image.header.update(_header(mosaic, grid.oversample))
    image.header["NUM_PSFS"] = (len(grid.data), "number of PSFs")
    for k, (x, y) in enumerate(grid.places.tolist()):
        # In spite of its name x first: photutils 3.0 takes it so.
        name = f"DET_YX{k}"
        # Keywords longer than FITS has them are an extension that astropy would warn of.
        image.header[name if len(name) <= 8 else f"HIERARCH {name}"] = (f"({x}, {y})", "x, y in the mosaic, from 0")
    covered = fits.ImageHDU(grid.covered.astype(np.uint8), name="COVERED")
    _write(path, [image, covered])


def stamp_wcs(stamp, mosaic):
    """Make a tangent plane at the star that is the WCS of a stamp's samples: astropy.wcs.WCS."""
    ra, dec = mosaic.to_sky(*_around(stamp))
    east = ((ra[1:] - ra[0] + 180) % 360 - 180) * np.cos(np.radians(dec[0]))
    north = dec[1:] - dec[0]
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.cunit, wcs.wcs.radesys = ["RA---TAN", "DEC--TAN"], ["deg", "deg"], "ICRS"
    wcs.wcs.crval, wcs.wcs.crpix = (stamp.ra, stamp.dec), np.array(stamp.star) + 1
    wcs.wcs.cd = np.stack([east, north]) / stamp.oversample
    wcs.wcs.set()
    return wcs


def _around(stamp):
    # The star's pixel of the mosaic, the next along x, and the next along y.
    x, y = (first + v / stamp.oversample for first, v in zip(stamp.corner, stamp.star, strict=True))
    return np.array([x, x + 1, x]), np.array([y, y, y + 1])


def _header(mosaic, oversample):
    return {
        "MOSAIC": mosaic.mosaic.rsplit("/", 1)[-1],
        "FILTER": mosaic.optical_element,
        "PIXSCALE": (mosaic.pixel_scale, "[arcsec] of the mosaic"),
        "OVERSAMP": (oversample, "samples in a pixel of the mosaic, in x and in y"),
    }


def _members_table(stamp):
    columns = {"NUMBER": "J", "MEMBER": "200A", "EXPOSURE": "200A", "X": "D", "Y": "D", "SHARE": "D"}
    values = [[getattr(row, name.lower()) for row in stamp.members] for name in columns]
    table = [
        fits.Column(name, form, array=np.array(value))
        for (name, form), value in zip(columns.items(), values, strict=True)
    ]
    return fits.BinTableHDU.from_columns(table, name="MEMBERS")


def _write(path, hdus):
    with atomic_write(path) as part:
        fits.HDUList(hdus).writeto(part)
