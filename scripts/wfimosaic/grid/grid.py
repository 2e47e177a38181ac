"""An output grid and its members, where each of their pixels falls, and the file that records them."""

import os
from dataclasses import dataclass, fields
from functools import cached_property

import asdf
import numpy as np

from ..errors import InputError
from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf
from . import pixel_map


@dataclass
class MemberHeader:
    """What a grid needs to know of a member: all but its pixels, as `read_member_header` finds it.

    `shape` is ny, nx of its image, `box` the part in which its WCS is valid: x0, x1, y0, y1 [pixel, outer
    edges]. `sky` contains RA and Dec [deg] at count x count Chebyshev nodes of the box, `corners` those of
    the box, shape (4, 2). `pixel_scale` [deg] is measured at the WCS's reference position, `orientation`
    is the position angle of +y [deg], `parity` -1 where east is left of north, else 1. `mean_area` [sr] is
    the mean of the pixels, `nominal_area` [sr] what the photometry says (None: unknown). `fingerprint`
    changes when the file does.
    """

    path: str
    stem: str
    group: str
    shape: tuple
    box: tuple
    corners: np.ndarray
    sky: np.ndarray
    pixel_scale: float
    orientation: float
    parity: int
    mean_area: float
    nominal_area: float | None
    detector: str
    optical_element: str
    fingerprint: str


HEADER_FIELDS = [field.name for field in fields(MemberHeader)]


@dataclass
class GridMember:
    """One member on a grid: as in `MemberHeader`.

    `coefficients` map its pixels to a lattice of pixels (see `pixel_map`) on which the grid's first pixel is `origin`,
    x and y: grids that are parts of one lattice see a member at the same place to the last bit.
    """

    path: str
    stem: str
    group: str
    shape: tuple
    box: tuple
    coefficients: np.ndarray
    fingerprint: str = ""
    origin: tuple = (0, 0)

    def pixel_map(self, rows, columns, origin=(0, 0)):
        """Grid x and y of a part of its pixels, counted from `origin`: ndarray of float64, shape (ny, nx, 2)."""
        return pixel_map.pixel_map(self.coefficients, self.box, rows, columns, self._from(origin))

    def map_of(self, columns, origin=(0, 0)):
        """The map of some of its columns, counted from `origin` on the grid: PixelMap."""
        return pixel_map.PixelMap(self.coefficients, self.box, columns, self._from(origin))

    def _from(self, origin):
        return tuple(own + more for own, more in zip(self.origin, origin, strict=True))

    def positions(self, x, y):
        """Grid x and y of single points: ndarray of float64, shape (n, 2)."""
        return pixel_map.positions(self.coefficients, self.box, x, y) - self.origin

    def positions_between(self, x, y):
        """Grid x and y of all points in columns `x` and rows `y`: ndarray of float64, shape (2, y.size, x.size)."""
        ny, nx = self.coefficients.shape[:2]
        across = pixel_map.polynomial_basis(x, *self.box[:2], nx)
        up = pixel_map.polynomial_basis(y, *self.box[2:], ny)
        return up @ np.moveaxis(self.coefficients, -1, 0) @ across.T - np.reshape(self.origin, (2, 1, 1))

    def pixels_at(self, u, v):
        """Its pixels at grid positions: ndarray of float64, shape (n, 2); see `pixel_map.inverse_positions`."""
        x, y = self.origin
        return pixel_map.inverse_positions(self.coefficients, self.box, np.asarray(u) + x, np.asarray(v) + y)

    def outline(self, step=None):
        """Corners of the box on the grid, with more vertices every `step` pixels: shape (n, 2)."""
        return self.positions(*outline(self.box, step))


def outline(box, step=None):
    """Corners of a box (x0, x1, y0, y1), with more vertices every `step`: x and y, each of shape (n,)."""
    x0, x1, y0, y1 = box
    nx, ny = (1, 1) if step is None else (max(1, round((x1 - x0) / step)), max(1, round((y1 - y0) / step)))
    x, y = np.linspace(x0, x1, nx + 1), np.linspace(y0, y1, ny + 1)
    xs = np.concatenate([x[:-1], np.full(ny, x1), x[:0:-1], np.full(ny, x0)])
    ys = np.concatenate([np.full(nx, y0), y[:-1], np.full(nx, y1), y[:0:-1]])
    return xs, ys


@dataclass
class Grid:
    """An output grid: its file, shape (ny, nx), pixel scale over the first member's, and the members.

    `skycell` is the name of the skycell that it is (None: it is none, or has no name). `origin` is that of its members.
    """

    path: str
    shape: tuple
    pixel_scale_ratio: float
    members: list
    skycell: str | None = None
    origin: tuple = (0, 0)

    @cached_property
    def wcs(self):
        """The gwcs.WCS, read when it is asked for: most jobs do without, and importing gwcs takes a second."""
        with asdf.open(self.path) as file:
            return file["wcs"]

    def stored_wcs(self):
        """Read the WCS as a tagged tree, to be written again by plain asdf: gwcs is not imported."""
        with plain_asdf(), asdf.open(self.path, lazy_load=False, memmap=False) as file:
            return file["wcs"]

    def groups(self):
        """Indices of the members of each exposure, in the members' order: dict of str to list."""
        groups = {}
        for index, member in enumerate(self.members):
            groups.setdefault(member.group, []).append(index)
        return groups


def write_grid(path, out, headers, coefficients, skycell=None):
    """Write a grid file.

    Parameters
    ----------
    path : str or Path
    out : OutputWcs
    headers : list of MemberHeader
    coefficients : list of ndarray of float64, shape (n, n, 2)
        What maps each member's pixels to the grid's lattice, see `pixel_map.fit`.
    skycell : str or None
        Name of the skycell that the grid is.
    """
    tree = {
        "wcs": out.wcs,
        "shape": list(out.shape),
        "pixel_scale_ratio": out.pixel_scale_ratio,
        "skycell": skycell,
        "origin": list(out.origin),
        "pixel_map": np.concatenate([array.ravel() for array in coefficients]),
        "pixel_map_order": [len(array) for array in coefficients],
        "members": {name: _column(headers, name) for name in HEADER_FIELDS},
    }
    with atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part)


def write_headers(path, headers, unreadable):
    """Write the table of a field's members.

    Parameters
    ----------
    path : str or Path
    headers : list of MemberHeader
    unreadable : dict of str to str
        What is wrong with members that have no header, by stem.
    """
    tree = {"members": {name: _column(headers, name) for name in HEADER_FIELDS}, "unreadable": unreadable}
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part)


def _column(headers, name):
    values = [getattr(header, name) for header in headers]
    return np.array(values) if all(isinstance(value, np.ndarray | tuple | float) for value in values) else values


def read_grid(path):
    """Read a grid file, all but its WCS: Grid."""
    if not os.path.exists(path):
        raise InputError(f"{path}: is not there: see what the log of the job that defines grids says of the product")
    with plain_asdf(), asdf.open(path) as file:
        columns = _columns(file, ("path", "stem", "group", "shape", "box", "fingerprint"))
        origin, orders = tuple(file["origin"]), np.array(file["pixel_map_order"])
        maps = np.split(np.array(file["pixel_map"]), np.cumsum(2 * orders[:-1] ** 2))
        members = [
            GridMember(path, stem, group, tuple(shape.tolist()), tuple(box.tolist()), values, mark, origin)
            for path, stem, group, shape, box, mark, values in zip(
                *columns, (array.reshape(n, n, 2) for array, n in zip(maps, orders, strict=True)), strict=True
            )
        ]
        return Grid(path, tuple(file["shape"]), float(file["pixel_scale_ratio"]), members, file["skycell"], origin)


def read_headers(path):
    """Read what the file of a grid or of a field records of the members themselves: list of MemberHeader."""
    with plain_asdf(), asdf.open(path) as file:
        return [MemberHeader(*values) for values in zip(*_columns(file, HEADER_FIELDS), strict=True)]


def _columns(file, names):
    columns = (file["members"][name] for name in names)
    return [np.array(column) if hasattr(column, "dtype") else list(column) for column in columns]
