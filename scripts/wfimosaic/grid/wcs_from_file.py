"""The WCS of an output grid from a file: a mosaic that others are to be aligned with, or a WCS alone."""

import copy
from pathlib import Path

import asdf
import gwcs
import numpy as np

from ..errors import InputError
from ..files.schemas import newer_schemas_named
from ..images.image_file import input_errors
from .output_wcs import OutputWcs, input_area, mean_pixel_area

# Largest error of the inverse of a WCS [pixel].
MAX_INVERSE_ERROR = 0.1


def wcs_from_file(headers, path, output_shape=None):
    """Read the grid of a mosaic, or of an ASDF file that has a `wcs`.

    Parameters
    ----------
    headers : list of MemberHeader
    path : str
    output_shape : (int, int), optional
        nx, ny; else the WCS must have a shape or a bounding box.

    Returns
    -------
    OutputWcs
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file: check resample.output_wcs")
    with newer_schemas_named(path):
        wcs, pixels = _read_wcs(path)
    shape = _shape_of(wcs, output_shape) or pixels
    if shape is None:
        raise InputError(f"{path}: its WCS has no size: set resample.output_shape: [nx, ny]")
    _check_inverse(path, wcs, shape)
    wcs.pixel_shape = shape[::-1]
    ratio = np.sqrt(mean_pixel_area(wcs, shape) / input_area(headers[0]))
    return OutputWcs(wcs, shape, float(ratio))


def _read_wcs(path):
    with input_errors(path, "cannot be read as ASDF", "check resample.output_wcs"), asdf.open(path) as file:
        wcs, pixels = copy.deepcopy(file.tree.get("wcs")), None
        if wcs is None and hasattr(roman := file.tree.get("roman"), "get"):
            wcs, pixels = copy.deepcopy(roman.get("meta", {}).get("wcs")), getattr(roman.get("data"), "shape", None)
    if wcs is None:
        raise InputError(f"{path}: has no 'wcs' at its top, nor is it a mosaic: check resample.output_wcs")
    if not isinstance(wcs, gwcs.WCS) or wcs.output_frame.naxes != 2:
        raise InputError(f"{path}: its 'wcs' is no image WCS: check resample.output_wcs")
    return wcs, pixels


def _check_inverse(path, wcs, shape):
    # gwcs can invert one numerically, which is slow and fails outside of its bounding box; and all that opens the
    # mosaic would have to.
    x, y = (grid.ravel() for grid in np.meshgrid(*(np.linspace(0, n - 1, 5) for n in shape[::-1])))
    with input_errors(path, "its WCS has no inverse, from the sky to pixels", "give it one, or take a tangent plane"):
        sky = wcs(x, y, with_bounding_box=False)
        off = np.hypot(*np.subtract(wcs.backward_transform(*sky), (x, y)))
    # A grid may reach beyond what its projection covers.
    if np.isfinite(off).any() and np.nanmax(off) > MAX_INVERSE_ERROR:
        raise InputError(
            f"{path}: the inverse of its WCS, from the sky to pixels, is off by up to {np.nanmax(off):.3g} pixels: "
            "give it a better one, or take a tangent plane"
        )


def _shape_of(wcs, output_shape):
    if output_shape is not None:
        return tuple(int(n) for n in output_shape[::-1])
    if wcs.pixel_shape is not None:
        return tuple(int(n) for n in wcs.pixel_shape[::-1])
    if wcs.bounding_box is not None:
        return tuple(int(high - low + 0.5) for low, high in wcs.bounding_box.bounding_box(order="C"))
    return None
