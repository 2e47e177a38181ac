"""Drizzle with square drops: weighted means of what falls on every output pixel."""

import numpy as np
from numba import njit

# Pixels that are worked on together: what is known of them stays in the cache.
CHUNK = 256
# Loops run over a multiple of this: the processor takes so many at once, and one by one what is left.
LANES = 16
# Sorted drops fill a chunk from both ends, each rounded up.
ROOM = CHUNK + 2 * LANES
# Rounding errors of heights [output pixel], with room: what overlaps by less times a drop's width does not overlap.
ROUNDING = 1e-14

_compiled = njit(cache=True, error_model="numpy")
# What is called for each pixel, or for each row of a few hundred: calls would take as long as the work.
_inlined = njit(forceinline=True, error_model="numpy")


@_compiled
def _centres(positions, row, left, out):
    # x and y along a row from the column left of `left`, also beyond the border of what is known.
    ny, nx = positions.shape[:2]
    inner, count = min(max(row, 0), ny - 1), out.shape[1]
    begin, end = max(0, 1 - left), min(count, nx - left + 1)
    for axis in range(2):
        if row == inner:
            for i in range(begin, end):
                out[axis, i] = positions[row, left - 1 + i, axis]
        else:
            for i in range(begin, end):
                column = left - 1 + i
                out[axis, i] = 2 * positions[inner, column, axis] - positions[2 * inner - row, column, axis]
        if begin:
            out[axis, 0] = 2 * out[axis, 1] - out[axis, 2]
        if end < count:
            out[axis, count - 1] = 2 * out[axis, count - 2] - out[axis, count - 3]


@_compiled
def _place(below, centres, above, start, count, part, drops, first, span):
    # The corners of drops, their first output pixels (x and y), which corners are counted from, and how many they
    # touch in x and y.
    for axis in range(2):
        here = centres[axis, start + 1 :]
        for corner in range(4):
            other = below[axis] if corner < 2 else above[axis]
            side = 1 if corner == 1 or corner == 2 else -1
            along, across, diagonal = centres[axis, start + 1 + side :], other[start + 1 :], other[start + 1 + side :]
            _corners(here, along, across, diagonal, count, part, drops[axis, corner])
        _first(here, count, drops[axis], first[axis], span[axis])


@_inlined
def _corners(centres, along, across, diagonal, count, part, out):
    # A corner of drops, part of the way to the diagonal neighbour, linear in rows and columns, counted from the
    # border of the output pixel that their centre lies in.
    for i in range(count):
        here = centres[i]
        a, b, c = along[i] - here, across[i] - here, diagonal[i] - here
        # Differences of positions, and with them all that follows, are the same wherever a block begins.
        out[i] = here + 0.5 - np.floor(here + 0.5) + part * ((1 - part) * (a + b) + part * c)


@_compiled
def _first(centres, count, drops, first, span):
    one, two, three, four = drops[0], drops[1], drops[2], drops[3]
    for i in range(count):
        low = np.floor(min(min(one[i], two[i]), min(three[i], four[i])))
        span[i] = np.ceil(max(max(one[i], two[i]), max(three[i], four[i]))) - low
        first[i] = low
    for k in range(4):
        each = drops[k]
        for i in range(count):
            each[i] -= first[i]
    for i in range(count):
        first[i] += np.floor(centres[i] + 0.5)


@_compiled
def _weigh(drops, first, span, shape, weight, count, scale, least):
    # Weight over area, 0 for drops that add nothing, and what is no overlap; height and width of the largest drop.
    for i in range(count):
        area = 0.5 * (
            (drops[0, 1, i] - drops[0, 3, i]) * (drops[1, 0, i] - drops[1, 2, i])
            - (drops[0, 0, i] - drops[0, 2, i]) * (drops[1, 1, i] - drops[1, 3, i])
        )
        inside = (
            (first[0, i] < shape[1])
            & (first[1, i] < shape[0])
            & (first[0, i] + span[0, i] > 0)
            & (first[1, i] + span[1, i] > 0)
        )
        used = inside & (area != 0) & (weight[i] != 0)
        scale[i] = weight[i] / area if used else 0.0
        least[i] = ROUNDING * np.sqrt(abs(area))
    height = width = 0.0
    for i in range(count):
        if scale[i] != 0:
            width, height = max(width, span[0, i]), max(height, span[1, i])
    return int(height), int(width)


@_compiled
def _usual(span, largest, count):
    # Height and width that most drops do not exceed: those of the largest, or one less.
    height, width = largest
    low = narrow = 0
    for i in range(count):
        narrow += span[0, i] < width
        low += span[1, i] < height
    return height - (2 * low > count), width - (2 * narrow > count)


@_compiled
def _sort(drops, span, usual, scale, least, count, rank, corners, factors, limits):
    # Drops of weight with their scale and what is no overlap: those of the usual size from the front, larger ones from
    # the end, where they go (-1: nowhere), the end of the first and the beginning of the others.
    height, width = usual
    small, large = 0, ROOM
    for i in range(count):
        weighs, fits = scale[i] != 0, (span[0, i] <= width) & (span[1, i] <= height)
        k = small if fits else large - 1
        rank[i] = k if weighs else -1
        # Written all the same: the next takes the place, and there is no branch to guess.
        for axis in range(2):
            for corner in range(4):
                corners[axis, corner, k] = drops[axis, corner, i]
        factors[k], limits[k] = scale[i], least[i]
        small += weighs & fits
        large -= weighs & (not fits)
    return small, large


@_compiled
def _share(corners, factors, limits, begin, end, size, slopes, clipped, share):
    # The weight that sorted drops give to each of the output pixels that they touch.
    begin, end = begin // LANES * LANES, (end + LANES - 1) // LANES * LANES
    count, (height, width) = end - begin, size
    _slopes(corners, begin, count, slopes)
    for column in range(width):
        _clip(corners, slopes, column, begin, count, clipped)
        for line in range(height):
            _overlap(clipped, line, factors[begin:], limits[begin:], count, share[line, column, begin:])


@_inlined
def _slopes(corners, begin, count, slopes):
    # Of the edges of drops; 0 where they are upright.
    for corner in range(4):
        x, y = corners[0, corner, begin:], corners[1, corner, begin:]
        next_x, next_y = corners[0, (corner + 1) % 4, begin:], corners[1, (corner + 1) % 4, begin:]
        for i in range(count):
            run = next_x[i] - x[i]
            slopes[corner, i] = (next_y[i] - y[i]) / run if run != 0 else 0.0


@_inlined
def _clip(corners, slopes, column, first, count, clipped):
    # The edges of drops between the two borders of a column: the heights where they begin and end there, what
    # of the column they span for each unit of height, and, where they are level, what they span.
    for corner in range(4):
        xs, ys, slope = corners[0, corner, first:], corners[1, corner, first:], slopes[corner]
        next_x = corners[0, (corner + 1) % 4, first:]
        for i in range(count):
            x, y = xs[i], ys[i]
            begin = min(max(x, column), column + 1.0)
            end = min(max(x + (next_x[i] - x), column), column + 1.0)
            low, high = y + slope[i] * (begin - x), y + slope[i] * (end - x)
            steep = low != high
            clipped[0, corner, i], clipped[1, corner, i] = low, high
            clipped[2, corner, i] = (end - begin) / (high - low) if steep else 0.0
            clipped[3, corner, i] = 0.0 if steep else end - begin


@_inlined
def _overlap(clipped, row, scale, least, count, share):
    # The overlap of drops with a pixel of the column, times their weight over their area: the areas between the
    # edges and the pixel's lower border, with the sign of their direction (Green's theorem). Under an edge that
    # rises from a to b it is, over the run for each unit of height, the integral of the height within the pixel.
    for i in range(count):
        area = 0.0
        for edge in range(4):
            a, b = clipped[0, edge, i] - row, clipped[1, edge, i] - row
            low, high = min(max(a, 0.0), 1.0), min(max(b, 0.0), 1.0)
            # Differences first: an edge that is nearly level has heights whose difference is lost beside 1.
            integral = 0.5 * (high - low) * (high + low) + (max(b, 1.0) - max(a, 1.0))
            area += clipped[2, edge, i] * integral + clipped[3, edge, i] * low
        share[i] = area * scale[i] if abs(area) > least[i] else 0.0


@_compiled
def _scatter(sums, first, rank, small, usual, largest, share, values, row, start, count):
    ny, nx = sums.shape[1:]
    for i in range(count):
        k = rank[i]
        if k >= 0:
            x, y = int(first[0, i]), int(first[1, i])
            height, width = usual if k < small else largest
            value = values[:, row, start + i]
            if x < 0 or y < 0 or x + width > nx or y + height > ny:
                _spread(sums, y, x, max(0, -y), min(height, ny - y), max(0, -x), min(width, nx - x), share, k, value)
            # The sizes of nearly all drops on a grid like the detector's, as numbers that the compiler knows.
            elif height == 2 and width == 2:
                _spread(sums, y, x, 0, 2, 0, 2, share, k, value)
            elif height == 3 and width == 3:
                _spread(sums, y, x, 0, 3, 0, 3, share, k, value)
            else:
                _spread(sums, y, x, 0, height, 0, width, share, k, value)


@_inlined
def _spread(sums, y, x, bottom, top, left, right, share, k, values):
    # Add a drop to the sums of the pixels from bottom to top and from left to right of its first one.
    for line in range(bottom, top):
        for column in range(left, right):
            sums[0, y + line, x + column] += share[line, column, k]
    for number in range(1, len(sums)):
        value = values[number - 1]
        for line in range(bottom, top):
            for column in range(left, right):
                part = share[line, column, k]
                # A value may be infinite.
                sums[number, y + line, x + column] += part * value if part != 0 else np.float32(0)


@_compiled
def _unite(flags, first, rank, small, usual, largest, share, dq):
    ny, nx = flags.shape
    for i in range(dq.size):
        k = rank[i]
        if k >= 0:
            column, row = int(first[0, i]), int(first[1, i])
            height, width = usual if k < small else largest
            for y in range(max(0, -row), min(height, ny - row)):
                for x in range(max(0, -column), min(width, nx - column)):
                    if share[y, x, k] != 0:
                        flags[row + y, column + x] |= dq[i]


# Compiled, or read from the cache, when it is imported: forked workers have it then.
@njit(
    "void(f4[:,:,::1], u4[:,::1], f8[:,:,::1], UniTuple(i8, 2), f4[:,::1], f4[:,:,::1], u4[:,::1], f8)",
    cache=True,
    error_model="numpy",
)
def drizzle_squares(sums, flags, positions, corner, weight, values, dq, pixfrac):
    """Add the drops of some pixels of an image to sums over what falls on every output pixel.

    A drop is a quadrilateral; its corners are half of `pixfrac` from a pixel's centre in rows and columns, where
    positions are interpolated between centres, or continued beyond the border. An output pixel is given the
    part of a drop's area that lies on it times the pixel's weight. The result is the same to the last bit
    however a grid is cut into blocks, and an image into bands of rows that are added in their order, if positions are
    multiples of `pixel_map.STEP` and those of the pixels around all that fall on the block are given.

    Parameters
    ----------
    sums : ndarray of float32, shape (1 + number of values, rows, columns)
        Sums of weight, and of weight times each value.
    flags : ndarray of uint32, shape (rows, columns) or (0, 0)
        Union of the flags of the pixels that have weight there.
    positions : ndarray of float64, shape (at least 2, at least 2, 2)
        Output x and y of the centres of the pixels and of those around them.
    corner : (int, int)
        Row and column of the first pixel among the positions.
    weight : ndarray of float32, shape (ny, nx)
        Pixels of weight 0 add nothing, whatever their values.
    values : ndarray of float32, shape (number of values, ny, nx)
    dq : ndarray of uint32, shape (ny, nx) or (0, 0)
    pixfrac : float
        Width of the drops [input pixel], above 0.

    References
    ----------
    Fruchter & Hook 2002, PASP 114, 144, section 3; drizzle's kernel "square".
    """
    (ny, nx), (top, left) = weight.shape, corner
    drops, first, span = np.empty((2, 4, CHUNK)), np.empty((2, CHUNK)), np.empty((2, CHUNK))
    scale, least, rank = np.empty(CHUNK, np.float32), np.empty(CHUNK), np.empty(CHUNK, np.int64)
    corners, factors, limits = np.zeros((2, 4, ROOM)), np.zeros(ROOM, np.float32), np.zeros(ROOM)
    slopes, clipped = np.empty((4, ROOM)), np.empty((4, 4, ROOM))
    share = np.empty((3, 3, ROOM), np.float32)
    below, centres, above = np.empty((2, nx + 2)), np.empty((2, nx + 2)), np.empty((2, nx + 2))
    _centres(positions, top - 1, left, centres)
    _centres(positions, top, left, above)
    for row in range(ny):
        below, centres, above = centres, above, below
        _centres(positions, top + row + 1, left, above)
        for start in range(0, nx, CHUNK):
            count = min(CHUNK, nx - start)
            _place(below, centres, above, start, count, pixfrac / 2, drops, first, span)
            largest = _weigh(drops, first, span, sums.shape[1:], weight[row, start:], count, scale, least)
            if largest[0] > share.shape[0] or largest[1] > share.shape[1]:
                share = np.empty((max(largest[0], len(share)), max(largest[1], share.shape[1]), ROOM), np.float32)
            usual = _usual(span, largest, count)
            small, large = _sort(drops, span, usual, scale, least, count, rank, corners, factors, limits)
            _share(corners, factors, limits, 0, small, usual, slopes, clipped, share)
            _share(corners, factors, limits, large, ROOM, largest, slopes, clipped, share)
            _scatter(sums, first, rank, small, usual, largest, share, values, row, start, count)
            if dq.size:
                _unite(flags, first, rank, small, usual, largest, share, dq[row, start : start + count])
