"""sky_levels: the documented tables, and least squares as a pseudo-inverse does it."""

import numpy as np
import pytest
from wfimosaic.sky.sky_levels import find_islands, match_levels
from wfimosaic.sky.sky_record import Overlap


def overlap(i, j, sky_i, sky_j, count_i, count_j):
    return Overlap(i, j, sky_i, sky_j, count_i, count_j, noise_i=np.nan, noise_j=np.nan)


def agreeing(skies, pairs):
    """Overlaps in which each member shows its own sky."""
    return [overlap(i, j, skies[i], skies[j], 100 + i, 100 + 7 * j) for i, j in pairs]


TWO_BY_THREE = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5), (0, 4), (1, 5), (1, 3), (2, 4)]
ISLANDS = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 5), (5, 6)]


@pytest.mark.parametrize(
    ("skies", "pairs", "down", "up"),
    [
        ([100, 120, 105, 110, 105, 115], TWO_BY_THREE, [0, 20, 5, 10, 5, 15], [-20, 0, -15, -10, -15, -5]),
        (
            [100, 120, 105, 110, 95, 90, 100],
            ISLANDS,
            [0, 20, 5, 10, 5, 0, 10],
            [-20, 0, -15, -10, -5, -10, 0],
        ),
    ],
)
def test_documented_tables(skies, pairs, down, up):
    overlaps = agreeing(skies, pairs)
    np.testing.assert_allclose(match_levels(len(skies), overlaps, match_down=True)[0], down, rtol=0, atol=1e-10)
    np.testing.assert_allclose(match_levels(len(skies), overlaps, match_down=False)[0], up, rtol=0, atol=1e-10)


def test_disagreeing_overlaps_are_fitted_as_a_pseudo_inverse_does():
    rng = np.random.default_rng(4)
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12) if rng.random() < 0.7 and (i < 8) == (j < 8)]
    overlaps = [overlap(i, j, *rng.normal(10, 1, 2), *rng.integers(10, 10_000, 2)) for i, j in pairs]
    matrix, right = np.zeros((len(pairs), 12)), np.zeros(len(pairs))
    for row, o in enumerate(overlaps):
        weight = (o.count_i + o.count_j) / 2
        matrix[row, o.i], matrix[row, o.j], right[row] = weight, -weight, weight * (o.sky_i - o.sky_j)
    expected = np.linalg.pinv(matrix) @ right
    levels, islands = match_levels(12, overlaps)
    expected[:8] -= expected[:8].min()
    expected[8:] -= expected[8:].min()
    np.testing.assert_allclose(levels, expected, rtol=0, atol=1e-9)
    assert [sorted(island) for island in islands] == [list(range(8)), list(range(8, 12))]


def test_an_island_does_not_change_the_levels_of_another():
    # Skies 0.300 and 0.400, and far away 0.300 and 0.302.
    levels, _ = match_levels(4, agreeing([0.300, 0.400, 0.300, 0.302], [(0, 1), (2, 3)]))
    np.testing.assert_allclose(levels, [0, 0.1, 0, 0.002], rtol=0, atol=1e-12)


def test_larger_overlaps_count_more():
    # Three members that disagree: the small overlap takes nearly all of the misfit.
    overlaps = [overlap(0, 1, 0, 1, 1000, 1000), overlap(1, 2, 0, 1, 1000, 1000), overlap(0, 2, 0, 3, 10, 10)]
    levels, _ = match_levels(3, overlaps)
    np.testing.assert_allclose(levels, [0, 1, 2], atol=1e-3)
    assert levels[2] > 2


def test_members_without_overlap_have_no_level():
    levels, islands = match_levels(4, agreeing([5, 7, 0, 0], [(0, 1)]))
    np.testing.assert_array_equal(levels, [0, 2, np.nan, np.nan])
    assert [sorted(island) for island in islands] == [[0, 1]]
    levels, islands = match_levels(2, [])
    assert np.isnan(levels).all()
    assert islands == []


def test_islands_of_pairs():
    found = [island.tolist() for island in find_islands(6, [(4, 5), (1, 3), (3, 5)])]
    assert found == [[1, 3, 4, 5], [0], [2]]
    assert [island.tolist() for island in find_islands(2, [])] == [[0], [1]]
