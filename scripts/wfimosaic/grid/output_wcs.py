"""The WCS of an output grid: around the members, or of a skycell; `wcs_from_file` reads that of a file."""

import logging
from dataclasses import dataclass

import gwcs
import numpy as np

from ..errors import InputError
from . import pixel_map, sphere
from .grid import outline
from .member_header import OUTLINE_STEP
from .tangent_plane import tangent_plane

log = logging.getLogger(__name__)

# What numbers of a skycell must lie between.
SKYCELL_RANGES = {
    "pixel_scale": (1e-9, 1),
    "ra_projection_center": (-360, 360),
    "dec_projection_center": (-90, 90),
    "x0_projection": (-1e9, 1e9),
    "y0_projection": (-1e9, 1e9),
    "nx": (2, 1e9),
    "ny": (2, 1e9),
    "orientat_projection_center": (-360, 360),
}
# A skycell's pixel scale over the first member's, or less than its inverse, that only another unit explains.
MAX_SCALE_RATIO = 10
# Relative difference of a pixel's area from its detector's mean that distortion may explain.
MAX_AREA_DIFFERENCE = 0.1
# What the WCS of a member and of the grid may be off together [pixel].
ROUNDING = 1e-6
# Skycells' reference pixels that differ by less lie on one lattice [pixel].
SAME_DIGITS, SAME_POSITION = 8, 1e-8


@dataclass
class OutputWcs:
    """A grid's WCS, its shape (ny, nx) and its pixel scale over the first member's.

    A grid that is a part of a larger lattice of pixels has that one's WCS as `lattice`, and its own first pixel there
    is `origin`, x and y; others are their own lattice (None).
    """

    wcs: gwcs.WCS
    shape: tuple
    pixel_scale_ratio: float
    lattice: gwcs.WCS | None = None
    origin: tuple = (0, 0)


def default_wcs(
    headers, pixel_scale=None, pixel_scale_ratio=1.0, rotation=None, crpix=None, crval=None, output_shape=None
):
    """Make the tangent plane that just holds all members, to the centre of their outermost pixels.

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
        Reference pixel, counted from 0, and its position [deg]. Without `crpix` a position is that of the middle of
        an output whose shape is given.
    output_shape : (int, int), optional
        nx, ny. Without `crpix` and `crval` the middle of the members becomes that of the output, to half a pixel: it
        has the pixels of the output without this option.

    Returns
    -------
    OutputWcs

    References
    ----------
    stcal.alignment.util.wcs_from_sregions, as romancal calls it. It looks at corners alone; where the edges of
    distorted members bow beyond them, the grid is grown by whole pixels.
    """
    first = headers[0]
    if pixel_scale is None:
        scale, ratio = first.pixel_scale * pixel_scale_ratio, pixel_scale_ratio
    else:
        scale = pixel_scale / 3600
        ratio = scale / np.degrees(np.sqrt(first.mean_area))
    corners = np.concatenate([header.corners for header in headers])
    if output_shape and crval is not None and crpix is None:
        crpix = tuple((n - 1) / 2 for n in output_shape)
    given, crval = crval is not None, sphere.center(*corners.T) if crval is None else crval
    _check_distances(headers, crval, given)
    angle = np.radians(first.orientation if rotation is None else rotation)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = [[first.parity * cos, sin], [-first.parity * sin, cos]]

    plane = tangent_plane(crval, (0, 0), scale, matrix)
    corners = np.column_stack(plane.invert(*corners.T, with_bounding_box=False))
    edge = _border_pixels(headers, plane)
    if crpix is None:
        first, last = corners.min(axis=0), corners.max(axis=0)
        if output_shape:
            more = np.round((np.array(output_shape) - 1 - (last - first)) / 2)
        else:
            more = _pixels_beyond(first - edge.min(axis=0))
        crpix = tuple(more - first)
    if output_shape:
        shape = tuple(output_shape[::-1])
    else:
        shape = (corners.max(axis=0) + crpix + 0.5).astype(int)
        shape = shape + _pixels_beyond(edge.max(axis=0) + crpix - (shape - 1))
        shape = tuple(shape[::-1].tolist())
    if min(shape) < 2:
        raise InputError(f"an output of {shape[1]} x {shape[0]} pixels is empty: check pixel_scale, crpix, crval")
    return OutputWcs(tangent_plane(crval, crpix, scale, matrix, shape), shape, float(ratio))


def _border_pixels(headers, plane):
    # Where the centres of the members' outermost pixels fall on a plane: shape (n, 2).
    at_nodes = np.column_stack(
        plane.invert(*np.concatenate([h.sky.reshape(-1, 2) for h in headers]).T, with_bounding_box=False)
    )
    outlines = []
    for header, values in zip(
        headers, np.split(at_nodes, np.cumsum([h.sky[..., 0].size for h in headers[:-1]])), strict=True
    ):
        coefficients = pixel_map.fit(values.reshape(header.sky.shape))
        x0, x1, y0, y1 = header.box
        inner = (x0 + 0.5, x1 - 0.5, y0 + 0.5, y1 - 0.5)
        outlines.append(pixel_map.positions(coefficients, header.box, *outline(inner, OUTLINE_STEP)))
    return np.concatenate(outlines)


def _pixels_beyond(distance):
    # Whole pixels to add, so that a position that far outside of the centre of the outermost pixel lies in the grid.
    return np.maximum(0, np.ceil(distance - 0.5 - ROUNDING)).astype(int)


def _check_distances(headers, crval, given):
    away = max(sphere.separation(*crval, *sphere.center(*header.corners.T)) for header in headers)
    if away > 60:
        stray, _ = farthest_member(headers)
        if given:
            raise InputError(
                f"the members reach {away:.0f} degrees from RA {crval[0]:.4f}, Dec {crval[1]:.4f}: check resample.crval"
            )
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


def skycell_wcs(headers, skycell, source, margin=0):
    """Make a skycell's grid from its description: a part of the lattice that all cells of its projection region have.

    Parameters
    ----------
    headers : list of MemberHeader
    skycell : dict
        The association's `skycell_wcs_info`.
    source : str
        The association, for messages.
    margin : float
        What to add on each side, in pixels of the first member.

    Returns
    -------
    OutputWcs
    """
    numbers = _skycell_numbers(skycell, source)
    scale = numbers["pixel_scale"] / headers[0].pixel_scale
    if not 1 / MAX_SCALE_RATIO < scale < MAX_SCALE_RATIO:
        raise InputError(
            f"{source}: skycell_wcs_info: pixel_scale = {numbers['pixel_scale']:.6g} deg makes pixels of {scale:.3g} "
            f"times those of {headers[0].path}: give it in degrees"
        )
    angle = np.radians(numbers["orientat_projection_center"])
    center = np.array([numbers["x0_projection"], numbers["y0_projection"]])
    whole = np.floor(center + SAME_POSITION)
    more = int(np.ceil(margin / scale))

    def plane(crpix, shape=None):
        return tangent_plane(
            (numbers["ra_projection_center"], numbers["dec_projection_center"]),
            tuple(crpix.tolist()),
            numbers["pixel_scale"],
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]],
            shape,
        )

    shape = (int(numbers["ny"]) + 2 * more, int(numbers["nx"]) + 2 * more)
    wcs = plane(center + more, shape)
    lattice = plane((center - whole).round(SAME_DIGITS))
    origin = tuple((-whole - more).astype(int).tolist())
    # Not the mean scale of this cell: its errors are to be those of its neighbours where they overlap.
    ratio = np.radians(numbers["pixel_scale"]) / np.sqrt(input_area(headers[0]))
    return OutputWcs(wcs, shape, float(ratio), lattice, origin)


def _skycell_numbers(skycell, source):
    try:
        numbers = {key: float(skycell[key]) for key in SKYCELL_RANGES}
        for key, (low, high) in SKYCELL_RANGES.items():
            if not low <= numbers[key] <= high or (key in ("nx", "ny") and numbers[key] % 1):
                raise ValueError(f"{key} = {skycell[key]}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{source}: skycell_wcs_info: {error} is missing or no possible number") from None
    return numbers


def input_area(header):
    """Return the area of a member's pixels that its photometry means [sr]: float."""
    nominal, mean = header.nominal_area, header.mean_area
    if nominal is None:
        return mean
    if abs(nominal / mean - 1) < MAX_AREA_DIFFERENCE:
        return nominal
    log.warning(
        "%s: photometry.pixel_area is %.4g sr, %.4g times the mean area of its pixels by its WCS, %.4g sr, which is "
        "used instead",
        header.path,
        nominal,
        nominal / mean,
        mean,
    )
    return mean


def mean_pixel_area(wcs, shape):
    """Compute the mean area of the pixels of a grid of this shape (ny, nx) [sr]."""
    ny, nx = shape
    x, y = np.arange(0, nx - 1, OUTLINE_STEP, dtype=float), np.arange(0, ny - 1, OUTLINE_STEP, dtype=float)
    outline_x = np.concatenate([x, np.full(y.size, nx - 1.0), nx - 1 - x, np.zeros(y.size)])
    outline_y = np.concatenate([np.zeros(x.size), y, np.full(x.size, ny - 1.0), ny - 1 - y])
    area = sphere.polygon_area(*wcs(outline_x, outline_y, with_bounding_box=False))
    return area / ((nx - 1) * (ny - 1))
