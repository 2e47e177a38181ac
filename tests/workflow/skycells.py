"""Skycells of a field: their associations, and what their mosaics have in common."""

import itertools
import json
import os

import asdf
import numpy as np
import shapely
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.grid.tangent_plane import tangent_plane

SCALE = 0.11 / 3600
CENTER = (269.9, 66.02)
SIZE, OVERLAP = 300, 60
ARRAYS = ("data", "err", "weight", "var_rnoise", "var_poisson")
FIELD = {"field": "survey"}
EXPOSURES = 3


class Cells:
    """Square cells of one projection region that cover some members, and one cell that holds all."""

    def __init__(self, paths):
        plane = tangent_plane(CENTER, (0.5, 0.5), SCALE, np.eye(2))
        corners = [plane.invert(*read_member_header(str(p), "m").corners.T, with_bounding_box=False) for p in paths]
        footprints = [shapely.Polygon(np.column_stack(c)) for c in corners]
        low, high = (np.array([reach(c, axis=1) for c in corners]) for reach in (np.min, np.max))
        (left, bottom), (right, top) = np.floor(low.min(axis=0)).astype(int), np.ceil(high.max(axis=0)).astype(int)
        self.whole = (int(left), int(bottom), int(right - left), int(top - bottom))
        steps = (range(start, stop, SIZE - OVERLAP) for start, stop in ((bottom, top), (left, right)))
        self.cells, self.members = {}, {}
        for y, x in itertools.product(*steps):
            frame = shapely.box(x, y, x + SIZE, y + SIZE)
            touched = [footprint.intersects(frame) for footprint in footprints]
            members = [os.path.basename(path) for path, touches in zip(paths, touched, strict=True) if touches]
            if members:
                name = f"c{len(self.cells)}"
                self.cells[name], self.members[name] = (x, y, SIZE, SIZE), members

    def associations(self, project):
        """Write an association for each cell, and return their names."""
        for name, cell in self.cells.items():
            write_association(project, name, cell, self.members[name])
        return [f"{name}_asn.json" for name in self.cells]


def write_association(project, name, cell, members):
    x, y, nx, ny = cell
    ra, dec = CENTER
    skycell = {
        "name": f"270p66x{x % 90:02d}y{y % 90:02d}",
        "pixel_scale": SCALE,
        "ra_projection_center": ra,
        "dec_projection_center": dec,
        "x0_projection": 0.5 - x,
        "y0_projection": 0.5 - y,
        "nx": nx,
        "ny": ny,
        "orientat_projection_center": 0.0,
    }
    members = [{"expname": f"members/{name}", "exptype": "science"} for name in members]
    table = {"products": [{"name": name, "members": members}], "skycell_wcs_info": skycell}
    (project.folder / f"{name}_asn.json").write_text(json.dumps(table))


def arrays_of(path):
    """The arrays of a mosaic; of the context whether each member, by name, went into each pixel."""
    with asdf.open(path) as file:
        roman = file["roman"]
        arrays, context = {name: np.array(roman[name]) for name in ARRAYS}, np.array(roman["context"])[0]
        return arrays | {str(name): context >> k & 1 for k, name in enumerate(roman["meta"]["resample"]["members"])}


def assert_same_bits(one, here, other, there, what):
    for name in one.keys() | other.keys():
        # No pixel has a member that a mosaic does not know.
        a, b = (arrays[name][part] if name in arrays else None for arrays, part in ((one, here), (other, there)))
        if a is None or b is None:
            assert not (b if a is None else a).any(), (what, name)
        else:
            same = a.tobytes() == b.tobytes()
            assert same, (what, name)


def common_part(one, other):
    """Of two rectangles (x, y, nx, ny) the part in common, as slices of each; None without any."""
    slices = []
    for axis in (1, 0):
        start = max(one[axis], other[axis])
        stop = min(one[axis] + one[axis + 2], other[axis] + other[axis + 2])
        if start >= stop:
            return None
        slices.append([slice(start - cell[axis], stop - cell[axis]) for cell in (one, other)])
    return tuple(zip(*slices, strict=True))
