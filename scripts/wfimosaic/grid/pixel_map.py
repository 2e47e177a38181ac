"""Map the pixels of a distorted image to an output grid by Chebyshev polynomials.

A Roman WCS is so smooth that its values at 24x24 Chebyshev nodes give every pixel to 1e-9 pixel
(numpy.polynomial.chebyshev; Trefethen, Approximation Theory and Approximation Practice, ch. 3-4).
Evaluating the polynomial is a product of small matrices, a hundred times faster than the WCS itself.
"""

import numpy as np

# Always whole blocks of this size are evaluated, so that a pixel's position does not depend, to the
# last bit, on which part of the image was asked for.
BLOCK = 256
# Positions are multiples of this [pixel], so that drizzle, which averages four of them to find a pixel's
# corner, rounds nothing, wherever the origin of its output lies.
STEP = 2.0**-24
# Numbers around this one are `STEP` apart: adding it rounds to multiples of that, subtracting it is exact.
ROUNDING = 1.5 * 2**52 * STEP
# What high orders may move a pixel by, at most, to be dropped [pixel].
NEGLIGIBLE = 1e-7


def nodes(low, high, count):
    """Chebyshev nodes of the first kind between `low` and `high`: ndarray of float64, shape (count,)."""
    angle = (np.arange(count) + 0.5) * np.pi / count
    return 0.5 * (low + high) - 0.5 * (high - low) * np.cos(angle)


def fit(values):
    """Find the polynomial through values at the nodes.

    Parameters
    ----------
    values : ndarray of float64, shape (ny, nx, 2)
        Output x and y [pixel] at `nodes` in y and x.

    Returns
    -------
    ndarray of float64, shape (ny, nx, 2)
        Chebyshev coefficients.
    """
    ny, nx = values.shape[:2]
    return np.einsum("ij,jkc,lk->ilc", _transform(ny), values, _transform(nx))


def trim(coefficients):
    """Drop high orders that move no pixel: they come from rounding in the WCS.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (n, n, 2)
        As `fit` gave them.

    Returns
    -------
    ndarray of float64, shape (m, m, 2)
        With the smallest m for which no pixel moves by more than `NEGLIGIBLE`.
    """
    size = np.abs(coefficients).max(axis=-1)
    count = len(coefficients)
    while count > 1 and size.sum() - size[: count - 1, : count - 1].sum() < NEGLIGIBLE:
        count -= 1
    return coefficients[:count, :count]


def _transform(count):
    angle = (np.arange(count) + 0.5) * np.pi / count
    matrix = 2.0 / count * np.cos(np.outer(np.arange(count), np.pi - angle))
    matrix[0] /= 2
    return matrix


def polynomial_basis(position, low, high, count):
    """Chebyshev polynomials at `position`: ndarray of float64, shape (position.size, count)."""
    scaled = (2.0 * np.asarray(position, dtype=float) - low - high) / (high - low)
    return np.polynomial.chebyshev.chebvander(scaled, count - 1)


def positions(coefficients, box, x, y):
    """Map single points.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (ny, nx, 2)
        What `fit` gave.
    box : tuple of float
        x0, x1, y0, y1 [pixel] of the domain.
    x, y : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Output x and y.
    """
    ny, nx = coefficients.shape[:2]
    by = polynomial_basis(y, box[2], box[3], ny)
    bx = polynomial_basis(x, box[0], box[1], nx)
    return np.einsum("pj,jkc,pk->pc", by, coefficients, bx)


def pixel_map(coefficients, box, rows, columns, origin=(0, 0)):
    """Map every pixel of a part of an image.

    Parameters
    ----------
    coefficients, box
        As in `positions`.
    rows, columns : slice
        The part, in whole pixels.
    origin : (int, int)
        Output x and y that positions are counted from.

    Returns
    -------
    ndarray of float64, shape (number of rows, number of columns, 2)
        Output x and y in multiples of `STEP`, the form that drizzle takes. A pixel has the same position
        to the last bit in every part and from every origin.
    """
    out = np.empty((rows.stop - rows.start, columns.stop - columns.start, 2))
    PixelMap(coefficients, box, columns, origin).fill(out, rows, columns)
    return out


class PixelMap:
    """The map of some columns of an image, row by row: what all rows share is computed once.

    Parameters
    ----------
    coefficients, box, columns, origin
        As in `pixel_map`.
    """

    def __init__(self, coefficients, box, columns, origin=(0, 0)):
        self._order, nx = coefficients.shape[:2]
        self._rows = box[2:]
        self._starts = range(columns.start - columns.start % BLOCK, columns.stop, BLOCK)
        bases = [polynomial_basis(np.arange(x0, x0 + BLOCK), box[0], box[1], nx) for x0 in self._starts]
        # x and y side by side, as they are wanted.
        across = [np.einsum("jkc,xk->jxc", coefficients, basis) for basis in bases]
        self._across = [array.reshape(self._order, 2 * BLOCK) for array in across]
        self._back = np.tile(np.array(origin) + ROUNDING, BLOCK)

    def fill(self, out, rows, columns):
        """Write the positions of some rows, as `pixel_map` returns them.

        Parameters
        ----------
        out : ndarray of float64, shape (number of rows, number of columns, 2)
            Contiguous but for its rows.
        rows, columns : slice
            The columns are among those of the map.
        """
        flat = out.view().reshape(len(out), -1)
        tile = np.empty((BLOCK, 2 * BLOCK))
        for y0 in range(rows.start - rows.start % BLOCK, rows.stop, BLOCK):
            basis = polynomial_basis(np.arange(y0, y0 + BLOCK), *self._rows, self._order)
            of_tile, of_out = _common(rows, y0)
            for x0, part in zip(self._starts, self._across, strict=True):
                if x0 + BLOCK > columns.start and x0 < columns.stop:
                    across_tile, across_out = (slice(2 * s.start, 2 * s.stop) for s in _common(columns, x0))
                    np.matmul(basis, part, out=tile)
                    tile += ROUNDING
                    np.subtract(tile[of_tile, across_tile], self._back[across_tile], out=flat[of_out, across_out])


def _common(span, start):
    # What a span and a block have in common, counted from the block's start and from the span's.
    first, last = max(span.start, start), min(span.stop, start + BLOCK)
    return slice(first - start, last - start), slice(first - span.start, last - span.start)


def inverse_positions(coefficients, box, u, v):
    """Find the image pixels that map to output positions, by Newton's method.

    Parameters
    ----------
    coefficients, box
        As in `positions`.
    u, v : ndarray of float64, shape (n,)
        Output x and y, inside the image's footprint or close to it.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Image x and y, good to 1e-6 pixel.
    """
    x = np.full(len(u), 0.5 * (box[0] + box[1]))
    y = np.full(len(v), 0.5 * (box[2] + box[3]))
    target = np.column_stack([u, v])
    step = 0.5
    across, up = step * np.array([[0, 1, -1, 0, 0], [0, 0, 0, 1, -1]])[:, :, None]
    for _ in range(20):
        # At once, as the calls take longer than what they compute of few points.
        around = positions(coefficients, box, (x + across).ravel(), (y + up).ravel()).reshape(5, -1, 2)
        miss = around[0] - target
        dx, dy = (around[1] - around[2]) / (2 * step), (around[3] - around[4]) / (2 * step)
        det = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
        move_x = (miss[:, 0] * dy[:, 1] - miss[:, 1] * dy[:, 0]) / det
        move_y = (miss[:, 1] * dx[:, 0] - miss[:, 0] * dx[:, 1]) / det
        x, y = x - move_x, y - move_y
        if max(np.abs(move_x).max(), np.abs(move_y).max()) < 1e-7:
            break
    return np.column_stack([x, y])
