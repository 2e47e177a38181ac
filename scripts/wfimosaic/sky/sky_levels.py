"""Solve for the sky levels, and gradients, that make overlapping images agree, and for their errors."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, diags_array
from scipy.sparse.csgraph import connected_components

from .sparse_inverse import SparseInverse, grouped

# Errors that are drawn are good to 5 %.
DRAWS, DRAWN_AT_ONCE = 200, 20
# Rounds in which the typical gradient is found, and the least of the first guess that it can come to.
ROUNDS, MIN_GUESS = 8, 1e-8


@dataclass
class Levels:
    """The sky of members that overlap [MJy/sr].

    `level` and `slope`, shapes (count,) and (count, 2), are NaN for members without overlap; the sky at u, v, which run
    from -1 to 1 over a member's columns and rows, is ``level + slope @ (u, v)``. `error` is the 1-sigma error of
    `level` less the mean level of the island, `slope_error` that of `slope`. `islands` are the members of each
    connected island of more than one, the largest first. `step_error`, one for each overlap, is what the errors of all
    these leave of a step there.
    """

    level: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    slope_error: np.ndarray
    islands: list
    step_error: np.ndarray


def match_levels(count, overlaps, match_down=True, units=None, plane=False, by_counts=False):
    """Find the levels whose differences fit those measured in the overlaps best.

    Every overlap gives one equation ``level_i - level_j = sky_i - sky_j``, weighted by one over the variance of the
    right side, of which it gets its `share`. The least-squares solution of each connected island is unique but for a
    constant, which is chosen such that its lowest level (`match_down`) or its highest is 0: an island has the levels
    that it would have without the others.

    Parameters
    ----------
    count : int
        Number of members.
    overlaps : list of Overlap
    match_down : bool
    units : sequence, length `count`, optional
        Members with the same have one level; None: each its own.
    plane : bool
        Whether members have gradients, too. Those that overlaps do not tell from noise are 0: they are taken as
        normally distributed around 0, with the width that fits the overlaps best.
    by_counts : bool
        Whether overlaps are weighted by the square of their mean pixel count instead.

    Returns
    -------
    Levels

    References
    ----------
    stcal.skymatch, whose weights are `by_counts`, and which shifts all islands together. Width of the gradients:
    MacKay 1992, Neural Computation 4, 415.
    """
    units = np.arange(count) if units is None else np.unique(units, return_inverse=True)[1]
    pairs = units[np.array([(o.i, o.j) for o in overlaps], int).reshape(-1, 2)]
    step = np.array([o.sky_i - o.sky_j for o in overlaps])
    variance = step_variances(overlaps)
    weight = np.array([((o.count_i + o.count_j) / 2.0) ** 2 for o in overlaps]) if by_counts else 1 / variance
    equations = _Equations(units.max(initial=-1) + 1, pairs, _places(overlaps, len(pairs)) if plane else None)
    solution, inverse = _solve_planes(equations, weight, step) if plane else _solve(equations, weight, step)
    if by_counts:
        errors, step_error = _drawn_errors(equations, inverse, weight, variance)
    else:
        errors, step_error = _exact_errors(equations, inverse)
    level, slope = solution[:, 0], solution[:, 1:] if plane else np.zeros((len(solution), 2))
    for island in equations.islands:
        level[island] -= level[island].min() if match_down else level[island].max()
    slope_error = errors[:, 1:] if plane else np.zeros(slope.shape)
    for values in (level, slope, errors, slope_error):
        values[~equations.matched] = np.nan
    members = grouped(units)
    islands = [np.sort(np.concatenate([members[unit] for unit in island])) for island in equations.islands]
    return Levels(level[units], errors[units, 0], slope[units], slope_error[units], islands, step_error)


def step_variances(overlaps):
    """Compute the variance of the difference of the two skies of each overlap, for the share that it has of it.

    Parameters
    ----------
    overlaps : list of Overlap

    Returns
    -------
    ndarray of float64, shape (number of overlaps,)
        Positive: data without noise have what is typical of the others, or 1.
    """
    variance = np.array([o.error**2 / o.share for o in overlaps])
    positive = variance > 0
    return np.where(positive, variance, np.median(variance[positive]) if positive.any() else 1.0)


def find_islands(count, pairs):
    """Find the groups of members that are connected by overlaps.

    Parameters
    ----------
    count : int
        Number of members.
    pairs : list of (int, int)

    Returns
    -------
    list of ndarray of int
        The members of each island, in order, the largest island first.
    """
    i, j = np.array(pairs, int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    return sorted(grouped(labels), key=len, reverse=True)


def _places(overlaps, count):
    # 1, u, v of each overlap on its two members.
    places = np.ones((count, 2, 3))
    places[:, :, 1:] = np.array([(o.place_i, o.place_j) for o in overlaps]).reshape(-1, 2, 2)
    return places


class _Equations:
    # One row for each overlap, `terms` columns for each unit. Levels of the first of each island are kept at 0.
    def __init__(self, count, pairs, places):
        places = np.ones((len(pairs), 2, 1)) if places is None else places
        self.count, self.terms = count, places.shape[2]
        between = pairs[:, 0] != pairs[:, 1]
        self.islands = [island for island in find_islands(count, pairs[between]) if len(island) > 1]
        self.matched = np.zeros(count, bool)
        self.matched[np.concatenate([[], *self.islands]).astype(int)] = True
        # Two members of one unit agree anyhow: their overlap has no terms.
        self.values = (places * [[[1], [-1]]] * between[:, None, None]).reshape(len(pairs), 2 * self.terms)
        self.columns = (pairs[:, :, None] * self.terms + np.arange(self.terms)).reshape(self.values.shape)
        free = np.repeat(self.matched, self.terms)
        free[[island[0] * self.terms for island in self.islands]] = False
        self.free = np.flatnonzero(free)
        self.number = np.full(len(free), -1)
        self.number[self.free] = np.arange(len(self.free))
        rows = np.repeat(np.arange(len(pairs)), self.columns.shape[1])
        used = self.values.ravel() != 0
        entries = (self.values.ravel()[used], (rows[used], self.columns.ravel()[used]))
        self.matrix = coo_array(entries, shape=(len(pairs), len(free))).tocsr()[:, self.free].tocsr()
        self.slopes = np.flatnonzero(self.free % self.terms)

    def spread(self, values):
        full = np.zeros(len(self.number))
        full[self.free] = values
        return full.reshape(self.count, self.terms)


def _solve(equations, weight, step, prior=None):
    weighted = equations.matrix.T @ diags_array(weight)
    normal = (weighted @ equations.matrix).tocsr()
    if prior is not None:
        normal = (normal + diags_array(prior)).tocsr()
    inverse = SparseInverse(normal)
    return equations.spread(inverse.solve(weighted @ step)), inverse


def _solve_planes(equations, weight, step):
    # A gradient of more than all the steps there are is none that these overlaps know.
    width = guess = np.mean(step**2) or 1.0
    for _ in range(ROUNDS):
        prior = np.zeros(len(equations.free))
        prior[equations.slopes] = 1 / width
        solution, inverse = _solve(equations, weight, step, prior)
        slopes = solution.ravel()[equations.free][equations.slopes]
        if not len(slopes):
            break
        known = 1 - inverse.elements(equations.slopes, equations.slopes) / width
        width = max(np.sum(slopes**2) / max(known.sum(), 1e-3), MIN_GUESS * guess)
    return solution, inverse


def _exact_errors(equations, inverse):
    # Of the best weights: the inverse of the normal equations is the covariance.
    unknowns = np.arange(len(equations.free))
    numbers = np.where(equations.values != 0, equations.number[equations.columns], -1)
    row, a, b = np.nonzero((numbers[:, :, None] >= 0) & (numbers[:, None, :] >= 0))
    found = inverse.elements(np.concatenate([unknowns, numbers[row, a]]), np.concatenate([unknowns, numbers[row, b]]))
    variance, found = equations.spread(found[: len(unknowns)]), found[len(unknowns) :]
    steps = np.bincount(row, equations.values[row, a] * equations.values[row, b] * found, len(numbers))
    mean = np.zeros((equations.count, equations.terms))
    for island in equations.islands:
        mean[island, 0] = 1 / len(island)
    with_mean = equations.spread(inverse.solve(mean.ravel()[equations.free]))[:, 0]
    for island in equations.islands:
        variance[island, 0] += with_mean[island].mean() - 2 * with_mean[island]
    return np.sqrt(np.maximum(variance, 0)), np.sqrt(np.maximum(steps, 0))


def _drawn_errors(equations, inverse, weight, variance):
    # Of other weights: the scatter of what noise gives.
    rng = np.random.default_rng(0)
    squares, steps = np.zeros((equations.count, 1)), np.zeros(len(weight))
    weighted = equations.matrix.T @ diags_array(weight)
    for _ in range(DRAWS // DRAWN_AT_ONCE):
        noise = rng.normal(0, np.sqrt(variance)[:, None], (len(variance), DRAWN_AT_ONCE))
        solution = inverse.solve(weighted @ noise)
        steps += np.square(equations.matrix @ solution).sum(axis=1)
        drawn = np.zeros((equations.count, DRAWN_AT_ONCE))
        drawn[equations.free] = solution
        for island in equations.islands:
            drawn[island] -= drawn[island].mean(axis=0)
        squares += np.square(drawn).sum(axis=1, keepdims=True)
    return np.sqrt(squares / DRAWS), np.sqrt(steps / DRAWS)
