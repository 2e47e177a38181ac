"""An output grid and its members: where each of their pixels falls."""

from dataclasses import dataclass
from functools import cached_property

import asdf
import numpy as np

from ..files.plain_asdf import plain_asdf
from . import pixel_map


@dataclass
class GridMember:
    """One member on a grid.

    `shape` is ny, nx of its image, `box` the part in which its WCS is valid (x0, x1, y0, y1, outer
    edges), `coefficients` maps its pixels to the grid's (see `pixel_map`), `fingerprint` is its file's.
    """

    path: str
    stem: str
    group: str
    shape: tuple
    box: tuple
    coefficients: np.ndarray
    fingerprint: str = ""

    def pixel_map(self, rows, columns, origin=(0, 0)):
        """Grid x and y of a part of its pixels, counted from `origin`: ndarray of float64, shape (ny, nx, 2)."""
        return pixel_map.pixel_map(self.coefficients, self.box, rows, columns, origin)

    def outline(self, step=None):
        """Corners of the box on the grid, with more vertices every `step` pixels: shape (n, 2)."""
        x0, x1, y0, y1 = self.box
        nx, ny = (1, 1) if step is None else (max(1, round((x1 - x0) / step)), max(1, round((y1 - y0) / step)))
        x, y = np.linspace(x0, x1, nx + 1), np.linspace(y0, y1, ny + 1)
        xs = np.concatenate([x[:-1], np.full(ny, x1), x[:0:-1], np.full(ny, x0)])
        ys = np.concatenate([np.full(nx, y0), y[:-1], np.full(nx, y1), y[:0:-1]])
        return pixel_map.positions(self.coefficients, self.box, xs, ys)


@dataclass
class Grid:
    """An output grid: its file, shape (ny, nx), pixel scale over the first member's, and the members."""

    path: str
    shape: tuple
    pixel_scale_ratio: float
    members: list

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


def read_grid(path):
    """Read a grid file: Grid."""
    with plain_asdf(), asdf.open(path) as file:
        return Grid(path, tuple(file["shape"]), float(file["pixel_scale_ratio"]), _members(file))


def _members(file):
    columns = file["members"]
    return [
        GridMember(path, stem, group, tuple(map(int, shape)), tuple(map(float, box)), coefficients, mark)
        for path, stem, group, shape, box, coefficients, mark in zip(
            columns["path"],
            columns["stem"],
            columns["group"],
            np.array(columns["shape"]),
            np.array(columns["box"]),
            np.array(file["pixel_map"]),
            columns["fingerprint"],
            strict=True,
        )
    ]
