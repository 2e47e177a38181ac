"""The light of bright stars in the pixels around them: rings and spikes, which turn with the telescope."""

import numpy as np

from ..grid.rectangle import Rectangle

# Bright stars are looked for in blocks of this size, and matter as far as this [detector pixel].
BLOCK = 4
REACH = 32
# Within this distance of its centre a star's light is what the exposures themselves show [detector pixel].
CORE = 4.5
# How steeply what exposures may differ by falls with the distance.
POWER = 1.0


def star_halo(median, pixel_scale_ratio=1.0, origin=(0, 0), part=None):
    """Compute how bright stars around each place are, falling with the distance to them.

    Parameters
    ----------
    median : ndarray of float32, shape (ny, nx)
        On the grid [MJy/sr]; NaN where there is none.
    pixel_scale_ratio : float
        The grid's pixel scale over the detector's.
    origin : (int, int)
        The first pixel's x and y on a lattice, which blocks are counted on.
    part : Rectangle, optional
        The pixels for which it is wanted, if not for all: elsewhere it is too faint or 0.

    Returns
    -------
    halo : ndarray of float32, shape (ny / size, nx / size), rounded up
        Largest of ``peak * min(1, CORE / distance) ** POWER`` over the blocks around [MJy/sr]; the first block is
        that of `origin`.
    size : int
        Of a block [grid pixel].
    """
    size = max(1, round(BLOCK / pixel_scale_ratio))
    if part is not None:
        return _halo_of_part(median, pixel_scale_ratio, origin, part, size), size
    peaks = _block_peaks(median, size, [start % size for start in origin])
    ny, nx = peaks.shape
    halo = np.zeros_like(peaks)
    blocks = REACH // BLOCK
    for up in range(-blocks, blocks + 1):
        for across in range(-blocks, blocks + 1):
            distance = BLOCK * np.hypot(up, across)
            if distance <= REACH:
                there = peaks[max(0, up) : ny + min(0, up), max(0, across) : nx + min(0, across)]
                here = halo[max(0, -up) : ny + min(0, -up), max(0, -across) : nx + min(0, -across)]
                np.maximum(here, np.float32((CORE / max(distance, CORE)) ** POWER) * there, out=here)
    return halo, size


def _halo_of_part(median, pixel_scale_ratio, origin, part, size):
    # With whole blocks around, as far as stars reach.
    cut = part.grown((REACH // BLOCK + 1) * size, Rectangle.whole(median.shape))
    shape = [-(-(n + start % size) // size) for n, start in zip(median.shape, reversed(origin), strict=True)]
    halo = np.zeros(shape, np.float32)
    if not cut:
        return halo
    first = [start + side.start for start, side in zip(origin, (cut.columns, cut.rows), strict=True)]
    around, _ = star_halo(median[cut.slices], pixel_scale_ratio, first)
    left, below = (here // size - start // size for here, start in zip(first, origin, strict=True))
    halo[below : below + around.shape[0], left : left + around.shape[1]] = around
    return halo


def _block_peaks(median, size, skipped):
    # Of the first blocks some columns and rows lie before the grid.
    left, below = skipped
    shape = [-(-(length + before) // size) for length, before in zip(median.shape, (below, left), strict=True)]
    peaks = np.zeros(shape, np.float32)
    for k in range(shape[0]):
        rows = median[max(0, k * size - below) : (k + 1) * size - below]
        padded = np.zeros(shape[1] * size, np.float32)
        padded[left : left + median.shape[1]] = np.fmax.reduce(np.nan_to_num(rows, nan=0.0), axis=0)
        peaks[k] = padded.reshape(-1, size).max(axis=1)
    return np.maximum(peaks, 0)
