"""Drizzle frames and do nothing else: what no change of the rest of the workflow can save.

Usage:  python tests/bench/floor.py FRAMES SIZE CORES
"""

import sys
from multiprocessing import Pool

import numpy as np
from wfimosaic.drizzling.drizzle_squares import drizzle_squares

# Alone for the median; then the data and the roots of both variances at once.
VALUES = (1, 3)
ANGLE = np.radians(12)


def drizzle_frame(size):
    """Drizzle one turned frame as often as a member is drizzled."""
    y, x = np.mgrid[:size, :size].astype(float)
    positions = np.stack([x * np.cos(ANGLE) - y * np.sin(ANGLE), x * np.sin(ANGLE) + y * np.cos(ANGLE)], axis=-1)
    positions -= positions.min(axis=(0, 1))
    height, width = (int(n) + 2 for n in positions.max(axis=(0, 1))[::-1])
    weight, no_flags = np.ones((size, size), np.float32), np.zeros((0, 0), np.uint32)
    for number in VALUES:
        sums = np.zeros((1 + number, height, width), np.float32)
        values = np.ones((number, size, size), np.float32)
        drizzle_squares(sums, no_flags, positions, (0, 0), weight, values, no_flags, 1.0)


if __name__ == "__main__":
    frames, size, cores = map(int, sys.argv[1:])
    with Pool(cores) as pool:
        pool.map(drizzle_frame, [size] * frames, chunksize=1)
