"""The WCS of an output grid: around the members, of a skycell, or from a file."""

import copy
from dataclasses import dataclass
from pathlib import Path

import asdf
import gwcs
import numpy as np

from ..errors import InputError
from ..images.image_file import input_errors
from . import sphere
from .member_header import OUTLINE_STEP
from .tangent_plane import tangent_plane

SKYCELL_KEYS = [
    "pixel_scale",
    "ra_projection_center",
    "dec_projection_center",
    "x0_projection",
    "y0_projection",
    "nx",
    "ny",
    "orientat_projection_center",
]


@dataclass
class OutputWcs:
    """A grid's WCS, its shape (ny, nx) and its pixel scale over the first member's."""

    wcs: gwcs.WCS
    shape: tuple
    pixel_scale_ratio: float


def default_wcs(
    headers, pixel_scale=None, pixel_scale_ratio=1.0, rotation=None, crpix=None, crval=None, output_shape=None
):
    """Make the tangent plane that just holds all members.

    Parameters
    ----------
    headers : list of MemberHeader
        The first one gives the pixel scale and the orientation.
    pixel_scale : float, optional
        [arcsec]; else the first member's times `pixel_scale_ratio`.
    pixel_scale_ratio : float
    rotation : float, optional
        Position angle of +y [deg].
    crpix, crval : (float, float), optional
        Reference pixel, counted from 0, and its position [deg].
    output_shape : (int, int), optional
        nx, ny.

    Returns
    -------
    OutputWcs

    References
    ----------
    stcal.alignment.util.wcs_from_sregions, as romancal calls it.
    """
    first = headers[0]
    if pixel_scale is None:
        scale, ratio = first.pixel_scale * pixel_scale_ratio, pixel_scale_ratio
    else:
        scale = pixel_scale / 3600
        ratio = scale / np.degrees(np.sqrt(first.mean_area))
    corners = np.concatenate([header.corners for header in headers])
    crval = sphere.center(*corners.T) if crval is None else crval
    _check_distances(headers, crval)
    angle = np.radians(first.orientation if rotation is None else rotation)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = [[first.parity * cos, sin], [-first.parity * sin, cos]]

    x, y = tangent_plane(crval, (0, 0), scale, matrix).invert(*corners.T, with_bounding_box=False)
    if crpix is None:
        crpix = (-x.min(), -y.min())
    top = x.max() + crpix[0], y.max() + crpix[1]
    shape = tuple(output_shape[::-1]) if output_shape else (int(top[1] + 0.5), int(top[0] + 0.5))
    if min(shape) < 2:
        raise InputError(f"an output of {shape[1]} x {shape[0]} pixels is empty: check pixel_scale, crpix, crval")
    return OutputWcs(tangent_plane(crval, crpix, scale, matrix, shape), shape, float(ratio))


def _check_distances(headers, crval):
    away = max(sphere.separation(*crval, *sphere.center(*header.corners.T)) for header in headers)
    if away > 60:
        stray, _ = farthest_member(headers)
        raise InputError(
            f"{stray.path}: lies farthest from the other members, which reach {away:.0f} degrees from the mosaic's "
            f"tangent point at RA {crval[0]:.4f}, Dec {crval[1]:.4f}: take it out of the association, or check its WCS"
        )


def farthest_member(headers):
    """Find the member that lies farthest from where most are, and how far [deg]: (MemberHeader, float)."""
    centers = np.array([sphere.center(*header.corners.T) for header in headers])
    x, y, z = np.median(sphere.unit_vectors(*centers.T), axis=0)
    middle = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    away = sphere.separation(*middle, *centers.T)
    return headers[int(away.argmax())], float(away.max())


def skycell_wcs(headers, skycell, source):
    """Make a skycell's grid from its description.

    Parameters
    ----------
    headers : list of MemberHeader
    skycell : dict
        The association's `skycell_wcs_info`.
    source : str
        The association, for messages.

    Returns
    -------
    OutputWcs
    """
    try:
        numbers = {key: float(skycell[key]) for key in SKYCELL_KEYS}
        for key, value in numbers.items():
            if not (0 if key in ("pixel_scale", "nx", "ny") else -1e9) < value < 1e9:
                raise ValueError(f"{key} = {value}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{source}: skycell_wcs_info: {error} is missing or no possible number") from None
    angle = np.radians(numbers["orientat_projection_center"])
    wcs = tangent_plane(
        (numbers["ra_projection_center"], numbers["dec_projection_center"]),
        (numbers["x0_projection"], numbers["y0_projection"]),
        numbers["pixel_scale"],
        [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]],
        shape := (int(numbers["ny"]), int(numbers["nx"])),
    )
    return OutputWcs(wcs, shape, _ratio(headers, wcs, shape))


def wcs_from_file(headers, path, output_shape=None):
    """Read the grid of an ASDF file that has a `wcs`.

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
    with input_errors(path, "cannot be read as ASDF", "check resample.output_wcs"), asdf.open(path) as file:
        wcs = copy.deepcopy(file.tree.get("wcs"))
    if wcs is None:
        raise InputError(f"{path}: has no 'wcs' at its top: check resample.output_wcs")
    if not isinstance(wcs, gwcs.WCS) or wcs.output_frame.naxes != 2:
        raise InputError(f"{path}: its 'wcs' is no image WCS: check resample.output_wcs")
    shape = _shape_of(wcs, output_shape)
    if shape is None:
        raise InputError(f"{path}: its WCS has no size: set resample.output_shape: [nx, ny]")
    wcs.pixel_shape = shape[::-1]
    return OutputWcs(wcs, shape, _ratio(headers, wcs, shape))


def _shape_of(wcs, output_shape):
    if output_shape is not None:
        return tuple(int(n) for n in output_shape[::-1])
    if wcs.pixel_shape is not None:
        return tuple(int(n) for n in wcs.pixel_shape[::-1])
    if wcs.bounding_box is not None:
        return tuple(int(high - low + 0.5) for low, high in wcs.bounding_box.bounding_box(order="C"))
    return None


def _ratio(headers, wcs, shape):
    first = headers[0]
    input_area = first.nominal_area or first.mean_area
    return float(np.sqrt(_mean_pixel_area(wcs, shape) / input_area))


def _mean_pixel_area(wcs, shape):
    ny, nx = shape
    x, y = np.arange(0, nx - 1, OUTLINE_STEP, dtype=float), np.arange(0, ny - 1, OUTLINE_STEP, dtype=float)
    outline_x = np.concatenate([x, np.full(y.size, nx - 1.0), nx - 1 - x, np.zeros(y.size)])
    outline_y = np.concatenate([np.zeros(x.size), y, np.full(x.size, ny - 1.0), ny - 1 - y])
    area = sphere.polygon_area(*wcs(outline_x, outline_y, with_bounding_box=False))
    return area / ((nx - 1) * (ny - 1))
