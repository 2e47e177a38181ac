"""Solve for the sky levels that make overlapping images agree."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, laplacian
from scipy.sparse.linalg import spsolve


def match_levels(count, overlaps, match_down=True):
    """Find the levels whose differences fit those measured in the overlaps best.

    Every overlap gives one equation ``w (level_i - level_j) = w (sky_i - sky_j)`` with w the mean
    of its two pixel counts. The least-squares solution of each connected island is unique but for a
    constant, which is chosen such that its lowest level (`match_down`) or its highest is 0: an island
    has the levels that it would have without the others.

    Parameters
    ----------
    count : int
        Number of members.
    overlaps : list of Overlap
    match_down : bool

    Returns
    -------
    levels : ndarray of float64, shape (count,)
        NaN for members without any overlap.
    islands : list of ndarray of int
        Members of each connected island of more than one, the largest island first.

    References
    ----------
    stcal.skymatch, which shifts all islands together; the weighted graph Laplacian's normal equations
    are solved here, which takes thousands of members where a dense pseudo-inverse does not.
    """
    levels = np.full(count, np.nan)
    if not overlaps:
        return levels, []
    i, j = np.array([(o.i, o.j) for o in overlaps]).T
    weight = np.array([0.5 * (o.count_i + o.count_j) for o in overlaps]) ** 2
    weight /= weight.max()
    difference = np.array([o.sky_i - o.sky_j for o in overlaps])

    graph = coo_array((weight, (i, j)), shape=(count, count))
    graph = (graph + graph.T).tocsr()
    right = np.bincount(i, weight * difference, count) - np.bincount(j, weight * difference, count)
    matrix = laplacian(graph).tocsc()
    islands = [island for island in find_islands(count, [(o.i, o.j) for o in overlaps]) if len(island) > 1]
    for island in islands:
        free = island[1:]
        solution = np.zeros(len(island))
        solution[1:] = np.atleast_1d(spsolve(matrix[free][:, free], right[free]))
        levels[island] = solution - (solution.min() if match_down else solution.max())
    return levels, islands


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
    islands = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(islands, key=len, reverse=True)
