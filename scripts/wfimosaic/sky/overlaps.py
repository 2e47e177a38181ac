"""Where members overlap, and which of their pixels lie there."""

import numpy as np
import shapely

from ..grid import pixel_map


def overlapping_pairs(grid, stepsize=None):
    """Intersect the members' footprints.

    Great circles are straight lines in a tangent plane, so that spherical polygons are plane ones on
    the grid.

    Parameters
    ----------
    grid : Grid
    stepsize : int or None
        Largest number of pixels between two vertices of a footprint; None: only the corners.

    Returns
    -------
    dict of (int, int) to ndarray of float64, shape (n, 2)
        For each pair i < j that overlaps: the corners of the overlap on the grid.
    """
    footprints = [shapely.Polygon(member.outline(stepsize)).buffer(0) for member in grid.members]
    tree = shapely.STRtree(footprints)
    pairs = {}
    for i, j in sorted(zip(*tree.query(footprints, predicate="intersects").tolist(), strict=True)):
        if i < j:
            common = footprints[i].intersection(footprints[j])
            if common.geom_type == "MultiPolygon":
                common = max(common.geoms, key=lambda polygon: polygon.area)
            if common.geom_type == "Polygon" and common.area > 0:
                pairs[i, j] = np.array(common.exterior.coords)[:-1]
    return pairs


def pixels_inside(member, polygon, max_pixels=None):
    """Find the pixels of a member whose centres lie in a polygon on the grid.

    Parameters
    ----------
    member : GridMember
    polygon : ndarray of float64, shape (n, 2)
        Its corners, inside the member's footprint.
    max_pixels : int or None
        About how many pixels suffice: a larger area is sampled by evenly spaced rows.

    Returns
    -------
    list of (int, slice)
        Row and columns.
    """
    x, y = pixel_map.inverse_positions(member.coefficients, member.box, *polygon.T).T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
    step = 1 if max_pixels is None else int(np.ceil(area / max_pixels)) or 1
    first, last = max(0, int(np.ceil(y.min()))), min(member.shape[0] - 1, int(np.floor(y.max())))
    rows = np.arange(first, last + 1, step)
    crossings = _crossings(x, y, rows)
    spans = []
    for row, xs in zip(rows.tolist(), crossings, strict=True):
        for low, high in zip(xs[::2], xs[1::2], strict=False):
            start, stop = max(0, int(np.ceil(low))), min(member.shape[1], int(np.floor(high)) + 1)
            if start < stop:
                spans.append((row, slice(start, stop)))
    return spans


def _crossings(x, y, rows):
    # Where each row crosses the polygon's edges, from left to right; NaN of edges not crossed come last.
    x1, y1, x2, y2 = x, y, np.roll(x, -1), np.roll(y, -1)
    crossed = (y1 <= rows[:, None]) != (y2 <= rows[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x1 + (rows[:, None] - y1) * (x2 - x1) / (y2 - y1)
    at = np.sort(np.where(crossed, at, np.nan), axis=1)
    return [values[: count // 2 * 2] for values, count in zip(at, crossed.sum(axis=1), strict=True)]
