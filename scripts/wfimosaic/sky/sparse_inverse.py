"""Solve large sparse symmetric equations, and find the elements of the inverse that covariances are made of."""

import numpy as np
from scipy.sparse.csgraph import breadth_first_order, connected_components


class SparseInverse:
    """The inverse of a sparse symmetric positive definite matrix, as far as errors need it.

    Unknowns are ordered by their distance from one at the rim, so that each only meets those of its own shell and of
    the two beside it: the matrix is block tridiagonal. The shells of n members on a plane have about sqrt(n) of them,
    so that factors take n**1.5 numbers and n**2 operations, all of them products of dense matrices.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (n, n)

    References
    ----------
    Elements of the inverse from the factors: Takahashi, Fagan & Chin 1973; by blocks: Asif & Moura 2005, IEEE Trans.
    Signal Processing 53, 2432.
    """

    def __init__(self, matrix):
        self._matrix = matrix
        self._shells = _shells(matrix)
        self._beside = [matrix[a][:, b] for a, b in zip(self._shells, self._shells[1:], strict=False)]
        self._inverses = []
        for k, shell in enumerate(self._shells):
            block = matrix[shell][:, shell].toarray()
            if k:
                block -= self._beside[k - 1].T @ (self._inverses[-1] @ self._beside[k - 1])
            self._inverses.append(np.linalg.inv(block))

    def solve(self, right):
        """Solve for one or more right-hand sides: ndarray of float64, shape (n,) or (n, k)."""
        solution = self._solve(right)
        # Weights of overlaps differ by many orders of magnitude: once more for what rounding left.
        return solution + self._solve(right - self._matrix @ solution)

    def _solve(self, right):
        parts = [right[shell] for shell in self._shells]
        for k, (beside, inverse) in enumerate(zip(self._beside, self._inverses, strict=False)):
            parts[k + 1] = parts[k + 1] - beside.T @ (inverse @ parts[k])
        solution = np.empty(right.shape)
        for k in reversed(range(len(parts))):
            if k + 1 < len(parts):
                parts[k] = parts[k] - self._beside[k] @ solution[self._shells[k + 1]]
            solution[self._shells[k]] = self._inverses[k] @ parts[k]
        return solution

    def elements(self, rows, columns):
        """Find elements of the inverse on the diagonal, or where the matrix itself has elements.

        Parameters
        ----------
        rows, columns : ndarray of int, shape (m,)

        Returns
        -------
        ndarray of float64, shape (m,)
        """
        shell, place = np.empty((2, self._matrix.shape[0]), int)
        for k, members in enumerate(self._shells):
            shell[members], place[members] = k, np.arange(len(members))
        swapped = shell[rows] > shell[columns]
        rows, columns = np.where(swapped, columns, rows), np.where(swapped, rows, columns)
        order = np.argsort(shell[rows], kind="stable")
        bounds = np.searchsorted(shell[rows][order], np.arange(len(self._shells) + 1))
        found, after = np.empty(len(rows)), None
        for k in reversed(range(len(self._shells))):
            wanted = order[bounds[k] : bounds[k + 1]]
            block, outwards = self._inverses[k], None
            if after is not None:
                step = block @ self._beside[k]
                outwards = -step @ after
                block = block - outwards @ step.T
            same = shell[columns[wanted]] == k
            for chosen, source in ((wanted[same], block), (wanted[~same], outwards)):
                if len(chosen):
                    found[chosen] = source[place[rows[chosen]], place[columns[chosen]]]
            after = block
        return found


def _shells(matrix):
    # Of one connected part after the other, from a node at its rim: the last that is reached from the first.
    _, labels = connected_components(matrix, directed=False)
    return [shell for part in grouped(labels) for shell in _shells_of(part, matrix[part][:, part])]


def _shells_of(part, matrix):
    rim = breadth_first_order(matrix, 0, directed=False, return_predecessors=False)[-1]
    order, before = breadth_first_order(matrix, rim, directed=False)
    depth = np.zeros(len(part), int)
    for node in order[1:]:
        depth[node] = depth[before[node]] + 1
    return [part[shell] for shell in grouped(depth)]


def grouped(labels):
    """Return the indices of equal labels: list of ndarray of int, each in order, by ascending label."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
