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


def pixel_map(coefficients, box, rows, columns):
    """Map every pixel of a part of an image.

    Parameters
    ----------
    coefficients, box
        As in `positions`.
    rows, columns : slice
        The part, in whole pixels.

    Returns
    -------
    ndarray of float64, shape (number of rows, number of columns, 2)
        Output x and y in multiples of `STEP`, the form that drizzle takes. The same bits for a pixel in
        every part.
    """
    ny, nx = coefficients.shape[:2]
    out = np.empty((rows.stop - rows.start, columns.stop - columns.start, 2))
    inner = {}
    for x0 in range(columns.start - columns.start % BLOCK, columns.stop, BLOCK):
        basis = polynomial_basis(np.arange(x0, x0 + BLOCK), box[0], box[1], nx).T
        inner[x0] = [np.ascontiguousarray(coefficients[..., c] @ basis) for c in (0, 1)]
    for y0 in range(rows.start - rows.start % BLOCK, rows.stop, BLOCK):
        basis = polynomial_basis(np.arange(y0, y0 + BLOCK), box[2], box[3], ny)
        ys = slice(max(y0, rows.start), min(y0 + BLOCK, rows.stop))
        for x0, parts in inner.items():
            xs = slice(max(x0, columns.start), min(x0 + BLOCK, columns.stop))
            target = out[
                ys.start - rows.start : ys.stop - rows.start, xs.start - columns.start : xs.stop - columns.start
            ]
            for c, part in enumerate(parts):
                values = (basis @ part)[ys.start - y0 : ys.stop - y0, xs.start - x0 : xs.stop - x0]
                target[..., c] = np.rint(values / STEP) * STEP
    return out


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
    for _ in range(20):
        miss = positions(coefficients, box, x, y) - target
        dx = (positions(coefficients, box, x + step, y) - positions(coefficients, box, x - step, y)) / (2 * step)
        dy = (positions(coefficients, box, x, y + step) - positions(coefficients, box, x, y - step)) / (2 * step)
        det = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
        move_x = (miss[:, 0] * dy[:, 1] - miss[:, 1] * dy[:, 0]) / det
        move_y = (miss[:, 1] * dx[:, 0] - miss[:, 0] * dx[:, 1]) / det
        x, y = x - move_x, y - move_y
        if max(np.abs(move_x).max(), np.abs(move_y).max()) < 1e-7:
            break
    return np.column_stack([x, y])
