"""Where members overlap, and which of their pixels lie there."""

import numpy as np
import shapely

# Pixels of the grid that a piece of an overlap should have, and part of its rectangle that it must fill.
MIN_PIECE, MIN_PART = 400, 0.25
# Centres of the four quarters of a triangle, as parts of its corners.
QUARTERS = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 2]]) / 6


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
    footprints = _footprints(grid, stepsize)
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


def split_overlap(polygon, count=4):
    """Split an overlap into pieces of about one size.

    Parameters
    ----------
    polygon : ndarray of float64, shape (n, 2)
    count : int
        Pieces along its longer side; fewer where they would be smaller than `MIN_PIECE` pixels of the grid.

    Returns
    -------
    list of ndarray of float64, shape (n, 2)
    """
    whole = shapely.Polygon(polygon)
    count = max(1, min(count, int(np.sqrt(whole.area / MIN_PIECE))))
    around = shapely.minimum_rotated_rectangle(whole)
    if around.geom_type != "Polygon":
        return [polygon]
    corner, *ends = np.array(around.exterior.coords)[[0, 1, 3]]
    sides = [end - corner for end in ends]
    lengths = np.hypot(*np.array(sides).T)
    counts = np.maximum(1, np.round(count * lengths / lengths.max())).astype(int)
    (along, m), (across, n) = ((side / k, k) for side, k in zip(sides, counts.tolist(), strict=True))
    starts = [corner + a * along + b * across for a in range(m) for b in range(n)]
    cells = [shapely.Polygon([at, at + along, at + along + across, at + across]) for at in starts]
    pieces = [whole.intersection(cell) for cell in cells]
    kept = [
        np.array(piece.exterior.coords)[:-1]
        for piece, cell in zip(pieces, cells, strict=True)
        if piece.geom_type == "Polygon" and piece.area > MIN_PART * cell.area
    ]
    return kept or [polygon]


def overlap_shares(grid, pieces, noise):
    """Compute what part of what its pixels tell about a difference each overlap may count for.

    Where n members of equal noise look at one place their n (n - 1) / 2 differences contain only n values: each has a
    share of 2 / n. With these the best weights of the pairs are those of one common fit to all values.

    Parameters
    ----------
    grid : Grid
    pieces : list of (int, int, ndarray)
        Two members, and the polygon that they have in common.
    noise : ndarray of float64, shape (number of members,)
        Of a pixel; NaN: unknown.

    Returns
    -------
    list of float
        0 to 1.
    """
    if not pieces:
        return []
    worth = np.isfinite(noise) & (noise > 0)
    worth = np.where(worth, 1 / np.where(worth, noise, 1) ** 2, 0.0 if worth.any() else 1.0)
    points, areas = zip(*(_sample(polygon) for _, _, polygon in pieces), strict=True)
    number = np.repeat(np.arange(len(points)), [len(part) for part in points])
    tree = shapely.STRtree(_footprints(grid, None))
    of_point, member = tree.query(shapely.points(np.concatenate(points)), predicate="intersects")
    areas = np.concatenate(areas)
    all_there = np.bincount(of_point, worth[member], len(areas))
    both = worth[np.array([(i, j) for i, j, _ in pieces])].sum(axis=1)[number]
    share = np.divide(both, np.maximum(all_there, both), out=np.ones(len(areas)), where=both > 0)
    total = np.bincount(number, areas)
    mean = np.bincount(number, areas * share) / np.where(total > 0, total, 1)
    return np.where(total > 0, mean, 1.0).tolist()


def _sample(polygon):
    # Points that stand for a convex polygon, and their areas.
    corners = np.stack(np.broadcast_arrays(polygon.mean(axis=0), polygon, np.roll(polygon, -1, axis=0)), axis=1)
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return (QUARTERS @ corners).reshape(-1, 2), np.repeat(np.abs(ax * by - ay * bx), len(QUARTERS))


def _footprints(grid, stepsize):
    return [shapely.Polygon(member.outline(stepsize)).buffer(0) for member in grid.members]


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
    x, y = member.pixels_at(*polygon.T).T
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
