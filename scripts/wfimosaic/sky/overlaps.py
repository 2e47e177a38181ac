"""Where members overlap, and which of their pixels lie there."""

import numpy as np
import shapely

from ..grid import pixel_map

# Pixels of the grid that a piece of an overlap should have, and part of its rectangle that it must fill.
MIN_PIECE, MIN_PART = 400, 0.25
# Centres of the four quarters of a triangle, as parts of its corners.
QUARTERS = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 2]]) / 6

# Pixels whose partners are found at once, and how close to the middle between two pixels either is as near [pixel].
STRIP, TIE = 2**16, 1e-6


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


def overlap_shares(grid, pieces, noise, in_common=1.0):
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
    in_common : float
        Part of an overlap's variance that its members' noise adds to all their overlaps alike. The rest, which a
        median of differences has, is its own: n members on one place have shares of 2 / (2 + in_common (n - 2)).

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
    share /= in_common + (1 - in_common) * share
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


def pixel_pairs(route, spans):
    """Find the pixels of two members that look at the same place, each the nearest of the other.

    So none has two partners, and it does not matter from which member one starts.

    Parameters
    ----------
    route : MemberToMember
    spans : list of (row, slice)
        Pixels of the first member.

    Yields
    ------
    tuple of two ndarray of float64, shape (2, n)
        x, y on the first member and on the second, whole numbers, of some of the pixels.
    """
    for rows, columns in _strips_of(spans):
        x, y = np.concatenate(columns), np.repeat(rows, [len(part) for part in columns])
        u, v = _positions(route, rows, columns)
        # Halves are rounded down, whichever side of them rounding errors have put them on.
        column, row = np.floor(u + (0.5 - TIE)), np.floor(v + (0.5 - TIE))
        kept = (column >= 0) & (row >= 0) & (column < route.shape[1]) & (row < route.shape[0])
        for across, up in np.linalg.inv(_derivative(route, x.mean(), y.mean())):
            kept &= np.abs(across * (column - u) + up * (row - v)) <= 0.5 + TIE
        yield np.stack([x[kept], y[kept]]), np.stack([column[kept], row[kept]])


def _strips_of(spans):
    # Rows, and the columns in each, of some spans together.
    lengths = np.array([span.stop - span.start for _, span in spans], int)
    strip = np.cumsum(lengths) // STRIP
    for numbers in np.split(np.arange(len(spans)), np.flatnonzero(np.diff(strip)) + 1) if spans else ():
        rows, columns = zip(*(spans[n] for n in numbers), strict=True)
        yield np.array(rows, float), [np.arange(span.start, span.stop, dtype=float) for span in columns]


def _positions(route, rows, columns):
    # Of whole rows: the sums over the polynomials of y are the same for all pixels of one.
    ny, nx = route.coefficients.shape[:2]
    x0, x1, y0, y1 = route.box
    first, last = min(part[0] for part in columns), max(part[-1] for part in columns)
    across = pixel_map.polynomial_basis(np.arange(first, last + 1), x0, x1, nx)
    along = np.tensordot(pixel_map.polynomial_basis(rows, y0, y1, ny), route.coefficients, 1)
    starts = [int(part[0] - first) for part in columns]
    found = [across[at : at + len(part)] @ row for at, part, row in zip(starts, columns, along, strict=True)]
    return np.concatenate(found).T


def _derivative(route, x, y):
    # Of x, y on the second member by those on the first: matrix (2, 2).
    x, y = x + np.array([-0.5, 0.5, 0, 0]), y + np.array([0, 0, -0.5, 0.5])
    left, right, below, above = pixel_map.positions(route.coefficients, route.box, x, y)
    return np.column_stack([right - left, above - below])
