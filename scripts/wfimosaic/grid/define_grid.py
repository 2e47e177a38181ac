"""Define output grids: the outliers' and the mosaic's."""

import logging

import numpy as np
import shapely

from ..association.skycell import skycell_of
from ..errors import InputError
from . import pixel_map, sphere
from .define_field import read_member_headers
from .grid import GridMember, read_headers, write_grid
from .output_wcs import default_wcs, farthest_member, skycell_wcs
from .wcs_from_file import wcs_from_file

log = logging.getLogger(__name__)

# Share of a grid that members should cover, and the area that they must [pixel].
MIN_COVERAGE, MIN_PIXELS = 0.01, 4
# What a skycell's grid for outliers has around the cell: from there light leaks in, and there lie the neighbours of
# its outermost pixels and half of the stars whose halo reaches in [detector pixel].
AROUND_SKYCELL = 16


def define_grid(members, output, workers=1, **settings):
    """Read the headers of a product's members and write the grid that outliers are found on.

    Parameters
    ----------
    members : list of (str, str, str or None)
        Path, stem and exposure group of each `_cal` file.
    output : str
    workers : int
    **settings
        See `write_outlier_grid`.
    """
    write_outlier_grid(read_member_headers(members, workers)[0], output, **settings)


def define_mosaic_grid(outlier_grid, output, **settings):
    """Write the mosaic's grid from the grid for outliers, which contains the members' sky positions.

    Parameters
    ----------
    outlier_grid : str
        What `define_grid` wrote.
    output : str
    **settings
        See `write_mosaic_grid`.
    """
    write_mosaic_grid(read_headers(outlier_grid), output, **settings)


def write_outlier_grid(
    headers,
    output,
    skycell=None,
    target=None,
    skymap=None,
    resample_on_skycell=True,
    method="pairwise",
    max_pixels=None,
):
    """Define the grid that outliers are found on: the skycell's, or the default one.

    Parameters
    ----------
    headers : list of MemberHeader
    output : str
        The grid file to write.
    skycell, target, skymap
        See `output_wcs.skycell_of`.
    resample_on_skycell : bool
        Whether the skycell is to be used.
    method : str
        That of outlier detection: romancal's has no pixels around a skycell.
    max_pixels : int or None
        Largest grid that is allowed: the median has its size.
    """
    _check_one_filter(headers)
    cell = skycell_of(skycell, target, skymap) if resample_on_skycell else None
    out = default_wcs(headers) if cell is None else skycell_wcs(headers, cell, "the association")
    _check_size(headers, out, max_pixels, [] if cell is None else ["the skycell"])
    _check_coverage(headers, _pixel_maps(headers, out), out, [] if cell is None else ["the skycell"])
    if cell is not None and method != "romancal":
        out = skycell_wcs(headers, cell, "the association", AROUND_SKYCELL)
    _write(output, headers, out, _pixel_maps(headers, out), cell and (cell.get("name") or target))


def write_mosaic_grid(
    headers,
    output,
    skycell=None,
    target=None,
    skymap=None,
    resample_on_skycell=True,
    output_wcs=None,
    max_pixels=None,
    **settings,
):
    """Define the mosaic's grid: a file's, the skycell's, or one around the members.

    Parameters
    ----------
    headers : list of MemberHeader
    output : str
        The grid file to write.
    skycell, target, skymap, resample_on_skycell
        As in `write_outlier_grid`.
    output_wcs : str or None
        An ASDF file with a `wcs`; takes precedence over the others.
    max_pixels : int or None
        Largest output that is allowed.
    **settings
        Of `output_wcs.default_wcs`.
    """
    cell = None
    if output_wcs is None and resample_on_skycell:
        cell = skycell_of(skycell, target, skymap)
    given = [f"resample.{name}" for name, value in settings.items() if value not in (None, 1.0)]
    if output_wcs is None and cell is None:
        out = default_wcs(headers, **settings)
    else:
        shape = settings.pop("output_shape", None)
        for name in given:
            if name != "resample.output_shape":
                log.warning("%s is ignored: the grid comes from a file or a skycell", name)
        if cell is None:
            out = wcs_from_file(headers, output_wcs, shape)
            given = ["resample.output_shape" if shape else "resample.output_wcs"]
        else:
            out = skycell_wcs(headers, cell, "the association")
            given = ["the skycell"]
    _check_size(headers, out, max_pixels, given)
    coefficients = _pixel_maps(headers, out)
    _check_coverage(headers, coefficients, out, given)
    _write(output, headers, out, coefficients, cell and (cell.get("name") or target))


def _check_one_filter(headers):
    elements = {header.optical_element: header.path for header in headers}
    if len(elements) > 1:
        listed = ", ".join(f"{element} ({path})" for element, path in elements.items())
        raise InputError(f"members were taken through different filters: {listed}: make one product for each filter")


def _check_size(headers, out, max_pixels, causes):
    pixels = out.shape[0] * out.shape[1]
    if max_pixels is None or pixels <= max_pixels:
        return
    shown = f"{pixels / 1e9:{'.1f' if pixels > 1e9 else '.3g'}} gigapixels"
    size = f"the grid would have {out.shape[1]} x {out.shape[0]} = {shown}"
    if causes:
        raise InputError(f"{size} because of {' and '.join(causes)}: change that, or raise resample.max_pixels")
    stray, away = farthest_member(headers)
    raise InputError(
        f"{size}: {stray.path} lies farthest from the others ({away:.2f} degrees): "
        "take it out, or raise resample.max_pixels"
    )


def _check_coverage(headers, coefficients, out, causes):
    ny, nx = out.shape
    frame = shapely.box(-0.5, -0.5, nx - 0.5, ny - 0.5)
    footprints = []
    for header, mapping in zip(headers, coefficients, strict=True):
        member = GridMember(
            header.path, header.stem, header.group, header.shape, header.box, mapping, origin=out.origin
        )
        footprints.append(shapely.Polygon(member.outline()).buffer(0).intersection(frame))
    covered = shapely.union_all(footprints).area
    check = f"check {' and '.join(causes) or 'the WCS of the members'}"
    if covered < MIN_PIXELS:
        ra, dec = out.wcs((nx - 1) / 2, (ny - 1) / 2, with_bounding_box=False)
        here = sphere.center(*headers[0].corners.T)
        raise InputError(
            f"no member lies on the grid of {nx} x {ny} pixels around RA {ra:.4f}, Dec {dec:.4f}: {headers[0].path} "
            f"is around RA {here[0]:.4f}, Dec {here[1]:.4f}: {check}"
        )
    if covered < MIN_COVERAGE * nx * ny:
        log.warning(
            "the members cover %.2g %% of the grid of %d x %d pixels, about %.3g pixels: %s",
            100 * covered / (nx * ny),
            nx,
            ny,
            covered,
            check,
        )


def _write(path, headers, out, coefficients, skycell):
    write_grid(path, out, headers, coefficients, str(skycell) if skycell else None)
    log.info("%s: %d x %d pixels, %d members", path, out.shape[1], out.shape[0], len(headers))


def _pixel_maps(headers, out):
    return [pixel_map.trim(_pixel_map(header, out.lattice or out.wcs)) for header in headers]


def _pixel_map(header, wcs):
    x, y = wcs.invert(header.sky[..., 0], header.sky[..., 1], with_bounding_box=False)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(f"{header.path}: does not lie on the output grid's side of the sky: take it out")
    return pixel_map.fit(np.stack([x, y], axis=-1))
