"""The width of a mosaic's PSF over the mosaic, and the file that has it."""

import glob
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import asdf
import numpy as np

from ..association.association import product_of
from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf
from .psf_grid import grid_places
from .shape import shape_at


@dataclass(frozen=True)
class PsfMap:
    """Widths of the PSF [arcsec] and ellipticities in the parts of a mosaic, shape (rows, columns); NaN: nothing there.

    `epsf` are the names of the reference files.
    """

    fwhm: np.ndarray
    ellipticity: np.ndarray
    epsf: str


def measure_psf_map(psf, count, epsf):
    """Measure the PSF in the middles of count x count parts of a mosaic: PsfMap."""
    shapes = [shape_at(psf, *place) for place in grid_places(psf.grid.shape, count)]
    fwhm = np.array([shape.fwhm for shape in shapes]).reshape(count, count) * psf.pixel_scale
    ellipticity = np.array([shape.ellipticity for shape in shapes]).reshape(count, count)
    return PsfMap(fwhm, ellipticity, os.path.abspath(epsf))


def write_psf_map(path, widths):
    """Write a PsfMap."""
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile(asdict(widths)).write_to(part)


def known_epsf(mosaic):
    """Find the reference files that the report of a mosaic has used: str, their names; None if there are none."""
    product = product_of(str(mosaic))
    path = Path(mosaic).parent / "report" / f"{product}_psf.asdf"
    if not path.is_file():
        return None
    with plain_asdf(), asdf.open(path) as file:
        epsf = str(file["epsf"])
    return epsf if glob.glob(epsf) else None
