"""How well the sky of overlapping members agrees, in units of what noise alone would do."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .match_sky import measure_sky

TRIALS = 40
POINTS = 5
MOST_PIXELS = 2**18


@dataclass
class Seams:
    """The steps between members in each of their overlaps.

    `pairs` has the members' numbers, shape (n, 2); `before` and `after` are the steps without and
    with the sky levels [MJy/sr], `error` the 1-sigma error that noise gives a step; `expected` is the
    scatter of ``after / error`` if nothing but noise is left.
    """

    pairs: np.ndarray
    before: np.ndarray
    after: np.ndarray
    error: np.ndarray
    expected: float


def measure_seams(sky, statistic):
    """Compare the sky of all overlapping members before and after matching.

    Parameters
    ----------
    sky : dict
        What `match_sky` wrote.
    statistic : dict
        skystat, nclip, lsigma, usigma and binwidth that it was measured with.

    Returns
    -------
    Seams
    """
    overlaps = sky["overlaps"]
    levels = np.array([entry["level"] for entry in sky["levels"].values()])
    pairs = np.array([(o["i"], o["j"]) for o in overlaps], int).reshape(-1, 2)
    skies = np.array([(o["sky_i"], o["sky_j"]) for o in overlaps]).reshape(-1, 2)
    noise = np.array([o["noise"] for o in overlaps]).reshape(-1, 2)
    counts = np.array([(o["count_i"], o["count_j"]) for o in overlaps]).reshape(-1, 2)
    before = skies[:, 0] - skies[:, 1]
    error = np.sqrt(((noise * statistic_error(counts, **statistic)) ** 2).sum(axis=1))
    after = before - (levels[pairs[:, 0]] - levels[pairs[:, 1]])
    return Seams(pairs, before, after, error, _expected(pairs))


def _expected(pairs):
    # Of n steps that noise made, the levels take away as many as there are levels less one an island.
    if len(pairs) == 0:
        return 0.0
    free = len(np.unique(pairs)) - _islands(pairs)
    return float(np.sqrt(max(0.0, 1 - free / len(pairs))))


def _islands(pairs):
    _, numbers = np.unique(pairs, return_inverse=True)
    i, j = numbers.reshape(-1, 2).T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(numbers.max() + 1,) * 2)
    return connected_components(graph, directed=False)[0]


def statistic_error(counts, skystat="mode", nclip=5, lsigma=4.0, usigma=4.0, binwidth=0.1):
    """Give the scatter of a sky statistic over samples of pure noise.

    A mean of n pixels is good to 1 / sqrt(n) of the noise, a median to 1.25 times that; the peak of a
    histogram is worse by a factor that no formula gives. It is measured on simulated noise here.

    Parameters
    ----------
    counts : ndarray of int
        Pixels in the samples.
    skystat, nclip, lsigma, usigma, binwidth
        See `measure_sky`.

    Returns
    -------
    ndarray of float64, the shape of `counts`
        In units of the noise of one pixel.
    """
    counts = np.asarray(counts)
    if counts.size == 0:
        return np.zeros(counts.shape)
    rng = np.random.default_rng(0)
    low, high = (int(np.clip(n, 16, MOST_PIXELS)) for n in (counts.min(), counts.max()))
    sizes = np.unique(np.geomspace(low, high, POINTS).astype(int))
    settings = {"lower": None, "upper": None, "nclip": nclip, "lsigma": lsigma, "usigma": usigma, "binwidth": binwidth}
    scatter = []
    for size in sizes:
        noise = rng.standard_normal((TRIALS, size), dtype=np.float32)
        values = [measure_sky(sample, skystat, **settings) for sample in noise]
        scatter.append(np.std([value[0] for value in values if value]))
    return np.exp(np.interp(np.log(counts), np.log(sizes), np.log(scatter)))
