"""Gaussian noise that each pixel of an image has to itself: the same in whatever parts the image is asked for."""

import hashlib

import numpy as np
from numba import njit

_compiled = njit(cache=True, error_model="numpy", inline="always")

LOW = np.uint64(0xFFFFFFFF)
# Philox's multipliers, what its key grows by in each round, and the rounds.
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
GROWTH = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
ROUNDS = 10
HALF, ONE, TWO = np.float32(0.5), np.float32(1), np.float32(2)
LN2, SQRT2 = np.float32(np.log(2)), np.float32(np.sqrt(2))
# Of the inverse hyperbolic tangent, the sine and the cosine: in squares, the highest power first.
ATANH = tuple(np.float32(1 / k) for k in (9, 7, 5, 3, 1))
SIN = tuple(np.float32(x) for x in (1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1))
COS = tuple(np.float32(x) for x in (1 / 40320, -1 / 720, 1 / 24, -1 / 2, 1))


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
    (int, int)
        The first eight bytes of the SHA-256 of the three, a line each, as two numbers, low bytes first.
    """
    digest = hashlib.sha256(f"{product}\n{member}\n{number}\n".encode()).digest()
    return tuple(int.from_bytes(digest[start : start + 4], "little") for start in (0, 4))


@_compiled
def _philox(row, group, key, other_key):
    a, b, c, d = np.uint64(group), np.uint64(row), np.uint64(0), np.uint64(0)
    for _ in range(ROUNDS):
        first, second = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, c = (second >> np.uint64(32)) ^ b ^ key, (first >> np.uint64(32)) ^ d ^ other_key
        b, d = second & LOW, first & LOW
        key, other_key = (key + GROWTH[0]) & LOW, (other_key + GROWTH[1]) & LOW
    return a, b, c, d


@_compiled
def _polynomial(x, coefficients):
    y = coefficients[0]
    for k in range(1, 5):
        y = y * x + coefficients[k]
    return y


@_compiled
def _radius(bits):
    # The root of -2 ln(u), u between 0 and 1: its logarithm by that of its mantissa, between 0.7 and 1.4.
    u = np.float32((np.float32(bits) + HALF) * np.float32(2.0**-32)).view(np.int32)
    exponent = (u >> 23) - 127
    mantissa = np.int32(u - (exponent << 23)).view(np.float32)
    large = mantissa > SQRT2
    mantissa = mantissa * HALF if large else mantissa
    s = (mantissa - ONE) / (mantissa + ONE)
    log = np.float32(exponent + large) * LN2 + TWO * s * _polynomial(s * s, ATANH)
    return np.sqrt(max(-TWO * log, np.float32(0)))


@_compiled
def _direction(bits):
    # Cosine and sine of an angle within 45 degrees of one of the four axes, which two bits choose.
    angle = (np.float32(bits & np.uint64(0x3FFFFFFF)) * np.float32(2.0**-30) - HALF) * np.float32(np.pi / 2)
    square = angle * angle
    cos, sin = _polynomial(square, COS), angle * _polynomial(square, SIN)
    sign = ONE if bits & np.uint64(0x40000000) else -ONE
    turned = bits & np.uint64(0x80000000) != 0
    return sign * (sin if turned else cos), sign * (cos if turned else sin)


@njit("void(f4[:,:], f4[:,:,:], u8, u8, i8, i8)", cache=True, error_model="numpy")
def _fill(out, roots, key, other_key, first_row, first_column):
    ny, nx = out.shape
    first = first_column // 4
    groups = (first_column + nx + 3) // 4 - first
    line, skip = np.empty((groups, 4), np.float32), first_column - 4 * first
    flat, variance = line.ravel(), np.empty(nx, np.float32)
    for row in range(ny):
        for k in range(groups):
            a, b, c, d = _philox(first_row + row, first + k, key, other_key)
            radius, (x, y) = _radius(a), _direction(b)
            line[k, 0], line[k, 1] = radius * x, radius * y
            radius, (x, y) = _radius(c), _direction(d)
            line[k, 2], line[k, 3] = radius * x, radius * y
        variance[:] = 0
        for root in range(len(roots)):
            for k in range(nx):
                square = roots[root, row, k] * roots[root, row, k]
                variance[k] += square if square < np.inf else np.float32(0)
        for k in range(nx):
            out[row, k] = flat[skip + k] * np.sqrt(variance[k])


def fill_with_noise(out, roots, key, part):
    """Fill a part of an image with Gaussian noise.

    Parameters
    ----------
    out : ndarray of float32, shape of the part
    roots : ndarray of float32, shape (number of variances, ny, nx)
        The roots of the variances that add up to the noise's, NaN counting as 0.
    key : (int, int)
        See `noise_key`.
    part : (slice, slice)
        Rows and columns of the image.

    References
    ----------
    Salmon et al. 2011, SC '11, 16 (Philox4x32-10, whose numbers need none of those before: row and column are what they
    are counted by); Box & Muller 1958, Ann. Math. Stat. 29, 610. Logarithm, sine and cosine are computed here, so that
    no library decides about the last bit.
    """
    _fill(out, roots, *map(np.uint64, key), part[0].start, part[1].start)
