"""sparse_inverse: solutions and elements of the inverse, as dense linear algebra has them."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from wfimosaic.sky.sparse_inverse import SparseInverse


def lattice(columns, rows):
    """A positive definite matrix that joins neighbours on a lattice."""
    number = np.arange(columns * rows).reshape(rows, columns)
    matrix = np.zeros((number.size, number.size))
    rng = np.random.default_rng(3)
    for a, b in ((number[1:], number[:-1]), (number[:, 1:], number[:, :-1]), (number[1:, 1:], number[:-1, :-1])):
        matrix[a.ravel(), b.ravel()] = -rng.uniform(1e-3, 1, a.size)
    matrix += matrix.T
    return matrix + np.diag(1e-3 - matrix.sum(axis=1))


def apart(*matrices):
    """Matrices as blocks of one, their rows mixed."""
    size = sum(map(len, matrices))
    joined, start = np.zeros((size, size)), 0
    for matrix in matrices:
        joined[start : start + len(matrix), start : start + len(matrix)] = matrix
        start += len(matrix)
    mixed = np.random.default_rng(2).permutation(size)
    return joined[np.ix_(mixed, mixed)]


MATRICES = {
    "none": np.zeros((0, 0)),
    "single": np.array([[4.0]]),
    "line": lattice(30, 1),
    "lattice": lattice(9, 7),
    "all joined": np.eye(12) + 1,
    "three parts": apart(lattice(6, 5), lattice(3, 3), np.array([[2.0]])),
}


@pytest.mark.parametrize("name", MATRICES)
def test_as_a_dense_inverse(name):
    matrix = MATRICES[name]
    inverse, expected = SparseInverse(csr_array(matrix)), np.linalg.inv(matrix)
    right = np.random.default_rng(5).normal(size=(len(matrix), 3))
    scale = 1e-9 * np.abs(expected).max(initial=0)
    np.testing.assert_allclose(inverse.solve(right), expected @ right, rtol=0, atol=10 * scale)
    np.testing.assert_allclose(inverse.solve(right[:, 0]), expected @ right[:, 0], rtol=0, atol=10 * scale)
    rows, columns = np.nonzero(matrix)
    np.testing.assert_allclose(inverse.elements(rows, columns), expected[rows, columns], rtol=0, atol=scale)
