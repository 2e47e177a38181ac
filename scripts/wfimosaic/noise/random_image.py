"""Gaussian noise that each pixel of an image has to itself: the same in whatever parts the image is asked for."""

import hashlib
import itertools

import numpy as np

# Rows and columns that have a stream of random numbers of their own.
TILE = 128


def noise_key(product, member, number):
    """Return what makes one realization of a member's noise differ from all others.

    Parameters
    ----------
    product, member : str
        Their names.
    number : int
        Of the realization, from 0.

    Returns
    -------
    ndarray of uint64, shape (2,)
        The first half of SHA-256 of the three, a line each.
    """
    digest = hashlib.sha256(f"{product}\n{member}\n{number}\n".encode()).digest()
    return np.frombuffer(digest[:16], "<u8").astype(np.uint64)


def fill_with_noise(out, key, part):
    """Fill a part of an image with Gaussian noise of mean 0 and variance 1.

    Parameters
    ----------
    out : ndarray of float32, shape of the part
    key : ndarray of uint64, shape (2,)
        See `noise_key`.
    part : (slice, slice)
        Rows and columns of the image.

    References
    ----------
    Salmon et al. 2011, SC '11, 16 (Philox, whose n-th number needs none of those before: each tile of the image begins
    at a number of its own).
    """
    rows, columns = part
    philox = np.random.Philox(key=key)
    generator, tile = np.random.Generator(philox), np.empty((TILE, TILE), np.float32)
    state = philox.state
    for row, column in itertools.product(*(range(s.start // TILE, -(-s.stop // TILE)) for s in part)):
        # The low half of the counter is the tile's own.
        state["state"]["counter"][:] = (0, 0, column, row)
        philox.state = state
        generator.standard_normal(out=tile, dtype=np.float32)
        of_tile, of_out = zip(_common(rows, row * TILE), _common(columns, column * TILE), strict=True)
        out[of_out] = tile[of_tile]


def _common(span, start):
    # What a span and a tile have in common, counted from the tile's start and from the span's.
    first, last = max(span.start, start), min(span.stop, start + TILE)
    return slice(first - start, last - start), slice(first - span.start, last - span.start)
