"""The variance that each part of a detector has on empty sky, which knows nothing of a pixel's own value."""

import numpy as np

from .flags import UNUSABLE

# Rows and columns of a block: the width of an amplifier's channel.
BLOCK = 128
MAX_PIXELS = 2**20
# Median absolute deviations from the median within which a pixel sees empty sky.
NEAR_SKY = 4
# Sampled pixels of empty sky from which a block has a variance of its own.
MIN_PIXELS = 128
# How many times more than the whole detector a block may weigh.
MAX_WEIGHT = 4


def measure_sky_noise(data, dq, err):
    """Measure the variance of empty sky in each block of a detector.

    The variances of a ramp fit follow what a pixel happened to see: those of pixels near the sky alone are used,
    of each block the mean of their middle half. A weight that a pixel's own variance has no part in cannot favour
    low values, and neither damaged variances nor rounding let a single pixel decide.

    Parameters
    ----------
    data, err : ndarray of float, shape (ny, nx)
        In the same units, `err` the total error. Large images are sampled evenly.
    dq : ndarray of uint32, shape (ny, nx)

    Returns
    -------
    ndarray of float32, shape (blocks in y, blocks in x)
        Blocks are counted as in `block_numbers`. The detector's own figure where a block has too little empty
        sky; NaN everywhere if no good pixel has a positive error.
    """
    step = int(np.ceil(np.sqrt(data.size / MAX_PIXELS)))
    numbers = [block_numbers(length) for length in data.shape]
    data, dq, err = (array[::step, ::step] for array in (data, dq, err))
    data, variance = data.astype(np.float32), np.square(err.astype(np.float32))
    near = _near_sky(data, (dq & UNUSABLE) == 0, (variance > 0) & (variance < np.inf) & np.isfinite(data))
    typical = _middle_mean(variance[near])
    found = np.full([number[-1] + 1 for number in numbers], typical, np.float32)
    edges = [np.searchsorted(number[::step], np.arange(number[-1] + 2)) for number in numbers]
    for row, column in np.ndindex(found.shape):
        own = tuple(slice(edge[k], edge[k + 1]) for edge, k in zip(edges, (row, column), strict=True))
        values = variance[own][near[own]]
        if values.size >= MIN_PIXELS:
            found[row, column] = max(_middle_mean(values), typical / MAX_WEIGHT)
    return found


def sky_noise_in(blocks, shape, part):
    """Look up the variance of empty sky for a part of a detector.

    Parameters
    ----------
    blocks : ndarray of float32
        See `measure_sky_noise`.
    shape : (int, int)
        ny, nx of the detector.
    part : (slice, slice)
        Rows and columns.

    Returns
    -------
    ndarray of float32, shape of the part
    """
    rows, columns = (block_numbers(length)[own] for length, own in zip(shape, part, strict=True))
    return blocks[rows][:, columns]


def block_numbers(length):
    """Return which block each of a detector's rows or columns lies in: ndarray of int.

    The detector's middle is a border or a middle of blocks, so that the 4088 columns of a whole detector fall on the
    channels of its amplifiers; the outermost are 4 columns narrower, which are reference pixels.
    """
    return (np.arange(length) + (-length % BLOCK) // 2) // BLOCK


def _near_sky(data, good, known):
    # Flags can be ignored on purpose, by good_bits: they count unless all pixels have them.
    usable = good & known if (good & known).any() else known
    if not usable.any():
        return usable
    distance = np.abs(data - np.median(data[usable]))
    return usable & (distance <= NEAR_SKY * np.median(distance[usable]))


def _middle_mean(values):
    # Unlike a median it does not jump where the variances are of two kinds, nor follow the odd ones.
    if not values.size:
        return np.float32(np.nan)
    first = values.size // 4
    return np.partition(values, (first, values.size - first - 1))[first : values.size - first].mean()
