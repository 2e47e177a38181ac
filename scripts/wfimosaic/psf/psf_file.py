"""Files of PSFs of a mosaic: ASDF, and FITS as photometry packages read it."""

import dataclasses

import asdf
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf


def write_stamp(path, stamp, shape, mosaic):
    """Write a PSF as ASDF or FITS, as the file's ending says.

    Parameters
    ----------
    path : str
        In ASDF a tree `psf` of what `PsfStamp` has; in FITS the primary array with a header and a table MEMBERS.
    stamp : PsfStamp
    shape : Shape
    mosaic : MosaicPsf
    """
    if str(path).endswith(".fits"):
        header = _header(mosaic, stamp.oversample) | {
            "CAPTURED": (stamp.captured, "light in this array of a star of flux 1"),
            "RA_STAR": (stamp.ra, "[deg] the star's place"),
            "DEC_STAR": (stamp.dec, "[deg]"),
            "X_STAR": (stamp.star[0] + 1, "the star in this array, from 1"),
            "Y_STAR": (stamp.star[1] + 1, ""),
            "X_CORNER": (stamp.corner[0] + 1, "this array's first pixel in the mosaic, from 1"),
            "Y_CORNER": (stamp.corner[1] + 1, ""),
            "FWHM": (shape.fwhm * stamp.pixel_scale, "[arcsec] of the Gaussian that fits best"),
            "E1": (shape.e1, "its ellipticity (a2-b2)/(a2+b2) * cos(2 angle to x)"),
            "E2": (shape.e2, "its ellipticity (a2-b2)/(a2+b2) * sin(2 angle to x)"),
        }
        image = fits.PrimaryHDU(stamp.data.astype(np.float32))
        image.header.update(stamp_wcs(stamp, mosaic).to_header())
        image.header.update(header)
        _write_hdus(path, [image, _members_table(stamp)])
        return
    tree = {key: value for key, value in dataclasses.asdict(stamp).items() if key not in ("data", "members")}
    tree |= {"data": stamp.data.astype(np.float32), "members": [dataclasses.asdict(row) for row in stamp.members]}
    tree |= {"fwhm": shape.fwhm * stamp.pixel_scale, "e1": shape.e1, "e2": shape.e2}
    tree |= {"mosaic": mosaic.mosaic, "optical_element": mosaic.optical_element}
    _write_tree(path, tree)


def write_grid(path, grid, mosaic):
    """Write PSFs at many places as ASDF or FITS, as the file's ending says.

    Parameters
    ----------
    path : str
        In ASDF a tree `psf` of what `PsfGrid` has. FITS is in the form of STPSF's grids, which
        `photutils.psf.GriddedPSFModel.read` reads.
    grid : PsfGrid
    mosaic : MosaicPsf
    """
    if str(path).endswith(".fits"):
        header = _header(mosaic, grid.oversample) | {"NUM_PSFS": (len(grid.data), "number of PSFs")}
        for k, (x, y) in enumerate(grid.places.tolist()):
            # In spite of its name x first: photutils 3.0 takes it so.
            header[f"DET_YX{k}"] = (f"({x}, {y})", "x, y in the mosaic, from 0")
        image = fits.PrimaryHDU(grid.data)
        image.header.update(header)
        covered = fits.ImageHDU(grid.covered.astype(np.uint8), name="COVERED")
        _write_hdus(path, [image, covered])
        return
    _write_tree(path, dataclasses.asdict(grid) | {"mosaic": mosaic.mosaic, "optical_element": mosaic.optical_element})


def stamp_wcs(stamp, mosaic):
    """Make a tangent plane at the star that is the WCS of a stamp's samples: astropy.wcs.WCS."""
    ra, dec = mosaic.wcs(*_around(stamp, mosaic), with_bounding_box=False)
    east = ((ra[1:] - ra[0] + 180) % 360 - 180) * np.cos(np.radians(dec[0]))
    north = dec[1:] - dec[0]
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.cunit, wcs.wcs.radesys = ["RA---TAN", "DEC--TAN"], ["deg", "deg"], "ICRS"
    wcs.wcs.crval, wcs.wcs.crpix = (stamp.ra, stamp.dec), np.array(stamp.star) + 1
    wcs.wcs.cd = np.stack([east, north]) / stamp.oversample
    wcs.wcs.set()
    return wcs


def _around(stamp, mosaic):
    # The star's pixel of the mosaic, the next along x, and the next along y.
    x, y = (first + v / stamp.oversample for first, v in zip(stamp.corner, stamp.star, strict=True))
    return np.array([x, x + 1, x]), np.array([y, y, y + 1])


def _header(mosaic, oversample):
    return {
        "MOSAIC": (mosaic.mosaic.rsplit("/", 1)[-1], "whose PSF it is"),
        "FILTER": (mosaic.optical_element, ""),
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


def _write_hdus(path, hdus):
    with atomic_write(path) as part:
        fits.HDUList(hdus).writeto(part)


def _write_tree(path, tree):
    tree = {key: list(value) if isinstance(value, tuple) else value for key, value in tree.items()}
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile({"psf": tree}).write_to(part)
