"""Files of PSFs of a mosaic."""

import dataclasses

import asdf
import numpy as np

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
        from .psf_fits import stamp_to_fits

        stamp_to_fits(path, stamp, shape, mosaic)
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
        from .psf_fits import grid_to_fits

        grid_to_fits(path, grid, mosaic)
        return
    _write_tree(path, dataclasses.asdict(grid) | {"mosaic": mosaic.mosaic, "optical_element": mosaic.optical_element})


def _write_tree(path, tree):
    tree = {key: list(value) if isinstance(value, tuple) else value for key, value in tree.items()}
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile({"psf": tree}).write_to(part)
