"""Solve for the sky levels of a survey, with errors, and print time and memory.

Usage, from the repository's root:  python -m tests.bench.sky_levels [members] [neighbours]
"""

import resource
import sys
import time

import numpy as np
from scipy.spatial import cKDTree
from wfimosaic.sky.sky_levels import match_levels
from wfimosaic.sky.sky_record import Overlap


def survey(count, neighbours):
    """Place members on a plane and measure the overlaps of near ones, with noise: levels and list of Overlap."""
    rng = np.random.default_rng(0)
    side = round(np.sqrt(count))
    places = np.stack(np.divmod(np.arange(count), side), axis=1) + rng.uniform(-0.3, 0.3, (count, 2))
    nearest = cKDTree(places).query(places, neighbours + 1)[1][:, 1:]
    pairs = np.unique(np.sort(np.stack([np.repeat(np.arange(count), neighbours), nearest.ravel()], axis=1)), axis=0)
    level = rng.uniform(0.2, 0.4, count)
    pixels = rng.integers(10_000, 4_000_000, len(pairs))
    error = 0.1 * 1.25 / np.sqrt(pixels)
    sky = level[pairs] + rng.normal(0, error[:, None], pairs.shape)
    numbers = zip(*(values.tolist() for values in (*pairs.T, *sky.T, pixels, error)), strict=True)
    return level, [Overlap(i, j, a, b, n, n, 0.1, 0.1, np.sqrt(2) * e) for i, j, a, b, n, e in numbers]


def main(count=70_000, neighbours=19):
    """Print what it takes, and the pulls of the levels."""
    level, overlaps = survey(count, neighbours)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    start = time.perf_counter()
    found = match_levels(count, overlaps)
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    pulls = (found.level - level - (found.level - level).mean()) / found.error
    print(f"{count} members, {len(overlaps)} overlaps: {seconds:.1f} s, {memory:.2f} GB ({before:.2f} GB before)")
    i, j = np.array([(o.i, o.j) for o in overlaps]).T
    miss = found.level - level
    steps = (miss[i] - miss[j]) / found.step_error
    print(f"errors {found.error.min():.2g} to {found.error.max():.2g} MJy/sr")
    print(f"pulls of levels {_rms(pulls):.3f}, of steps {_rms(steps):.3f}")


def _rms(values):
    return np.sqrt(np.mean(np.square(values)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
