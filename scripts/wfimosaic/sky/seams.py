"""How well the sky of overlapping members agrees, in units of what noise alone would do."""

from dataclasses import dataclass, replace

import numpy as np

from .sky_levels import match_levels
from .sky_statistic import measure_sky

TRIALS = 40
SAMPLE_SIZES = 2 ** np.arange(6, 19, 2)


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
    sky : SkyRecord
    statistic : dict
        skystat, nclip, lsigma, usigma and binwidth that it was measured with.

    Returns
    -------
    Seams
    """
    levels = np.array([level.level for level in sky.levels.values()])
    pairs = np.array([(o.i, o.j) for o in sky.overlaps], int).reshape(-1, 2)
    skies = np.array([(o.sky_i, o.sky_j) for o in sky.overlaps]).reshape(-1, 2)
    noise = np.array([(o.noise_i, o.noise_j) for o in sky.overlaps]).reshape(-1, 2)
    counts = np.array([(o.count_i, o.count_j) for o in sky.overlaps]).reshape(-1, 2)
    before = skies[:, 0] - skies[:, 1]
    error = np.sqrt(((noise * statistic_error(counts, **statistic)) ** 2).sum(axis=1))
    after = before - (levels[pairs[:, 0]] - levels[pairs[:, 1]])
    return Seams(pairs, before, after, error, _expected(sky, error))


def _expected(sky, error):
    # Matched levels follow the noise of the overlaps that they are solved from, so that less of it is left.
    if len(error) == 0:
        return 0.0
    if "match" not in sky.method:
        return 1.0
    rng = np.random.default_rng(0)
    squares = []
    for noise in rng.normal(0, error, (TRIALS, len(error))):
        overlaps = [replace(o, sky_i=step, sky_j=0.0) for o, step in zip(sky.overlaps, noise, strict=True)]
        levels, _ = match_levels(len(sky.levels), overlaps)
        residual = noise - np.array([levels[o.i] - levels[o.j] for o in overlaps])
        squares.append(np.mean((residual / error) ** 2))
    return float(np.sqrt(np.mean(squares)))


def statistic_error(counts, skystat="median", nclip=5, lsigma=4.0, usigma=4.0, binwidth=0.1):
    """Compute the scatter of a sky statistic over samples of pure noise.

    A mean of n pixels is good to 1 / sqrt(n) of the noise, a median to 1.25 times that; the peak of a
    histogram is worse, by a power of n that no formula gives. A power law is fitted to simulated noise here.

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
    rng = np.random.default_rng(0)
    settings = {"lower": None, "upper": None, "nclip": nclip, "lsigma": lsigma, "usigma": usigma, "binwidth": binwidth}
    scatter = []
    for size in SAMPLE_SIZES:
        noise = rng.standard_normal((TRIALS, size), dtype=np.float32)
        values = [measure_sky(sample, skystat, **settings) for sample in noise]
        scatter.append(np.std([value.sky for value in values if value]))
    power, factor = np.polyfit(np.log(SAMPLE_SIZES), np.log(scatter), 1)
    return np.exp(factor) * np.asarray(counts, float) ** power
