"""Drizzle frames and do nothing else: what no change of the workflow can save.

Usage:  python tests/bench/floor.py FRAMES SIZE CORES
"""

import sys
from multiprocessing import Pool

import numpy as np
from drizzle.resample import Drizzle

# Alone for the median; then the data, and both variances at once.
PASSES = 3
ANGLE = np.radians(12)


def drizzle_frame(size):
    """Drizzle one turned frame as often as a member is drizzled."""
    y, x = np.mgrid[:size, :size].astype(float)
    pixel_map = np.stack([x * np.cos(ANGLE) - y * np.sin(ANGLE), x * np.sin(ANGLE) + y * np.cos(ANGLE)], axis=-1)
    pixel_map -= pixel_map.min(axis=(0, 1))
    shape = tuple(int(n) + 2 for n in pixel_map.max(axis=(0, 1))[::-1])
    data = np.ones((size, size), np.float32)
    for _ in range(PASSES):
        drizzle = Drizzle(kernel="square", fillval="NaN", out_shape=shape, disable_ctx=True)
        drizzle.add_image(data, exptime=1.0, pixmap=pixel_map, weight_map=data, pixfrac=1.0, in_units="cps")


if __name__ == "__main__":
    frames, size, cores = map(int, sys.argv[1:])
    with Pool(cores) as pool:
        pool.map(drizzle_frame, [size] * frames, chunksize=1)
