"""sky_levels: the documented tables, least squares as a pseudo-inverse does it, and errors that are true."""

import numpy as np
import pytest
from wfimosaic.sky.sky_levels import find_islands, match_levels
from wfimosaic.sky.sky_record import Overlap


def overlap(i, j, sky_i, sky_j, count_i, count_j, **others):
    """Skies of so many pixels of a noise of 1."""
    error = {"error": (1 / count_i + 1 / count_j) ** 0.5}
    return Overlap(i, j, sky_i, sky_j, count_i, count_j, noise_i=1, noise_j=1, **error | others)


def agreeing(skies, pairs):
    """Overlaps in which each member shows its own sky."""
    return [overlap(i, j, skies[i], skies[j], 100 + i, 100 + 7 * j) for i, j in pairs]


TWO_BY_THREE = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5), (0, 4), (1, 5), (1, 3), (2, 4)]
ISLANDS = [(0, 1), (1, 2), (2, 3), (0, 3), (4, 5), (5, 6)]


@pytest.mark.parametrize("by_counts", [False, True])
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
def test_documented_tables(skies, pairs, down, up, by_counts):
    overlaps = agreeing(skies, pairs)
    for match_down, expected in ((True, down), (False, up)):
        found = match_levels(len(skies), overlaps, match_down, by_counts=by_counts)
        np.testing.assert_allclose(found.level, expected, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(found.slope, 0)


def disagreeing(rng):
    """Two islands of 8 and 4 members, a matrix of their equations and what their overlaps say."""
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12) if rng.random() < 0.7 and (i < 8) == (j < 8)]
    overlaps = [overlap(i, j, *rng.normal(10, 1, 2), *rng.integers(10, 10_000, 2).tolist()) for i, j in pairs]
    matrix = np.zeros((len(pairs), 12))
    for row, (i, j) in enumerate(pairs):
        matrix[row, i], matrix[row, j] = 1, -1
    return overlaps, matrix, np.array([o.sky_i - o.sky_j for o in overlaps])


@pytest.mark.parametrize("by_counts", [False, True])
def test_disagreeing_overlaps_are_fitted_as_a_pseudo_inverse_does(by_counts):
    overlaps, matrix, steps = disagreeing(np.random.default_rng(4))
    variance = np.array([o.error**2 for o in overlaps])
    weight = np.array([(o.count_i + o.count_j) / 2 for o in overlaps]) if by_counts else variance**-0.5
    inverse = np.linalg.pinv(matrix * weight[:, None]) * weight
    expected = inverse @ steps
    found = match_levels(12, overlaps, by_counts=by_counts)
    expected[:8] -= expected[:8].min()
    expected[8:] -= expected[8:].min()
    np.testing.assert_allclose(found.level, expected, rtol=0, atol=1e-9)
    assert [sorted(island) for island in found.islands] == [list(range(8)), list(range(8, 12))]
    # The pseudo-inverse's levels have a mean of 0 in each island. Drawn errors are good to 5 %.
    covariance = inverse * variance @ inverse.T
    rtol = 0.2 if by_counts else 1e-9
    np.testing.assert_allclose(found.error, np.sqrt(np.diag(covariance)), rtol=rtol)
    np.testing.assert_allclose(found.step_error, np.sqrt(np.diag(matrix @ covariance @ matrix.T)), rtol=rtol)


def looked_at(boxes, size):
    """Which members look at which places: ndarray of bool, shape (members, n, n)."""
    seen = np.zeros((len(boxes), *np.add(np.max(boxes, axis=0), size)), bool)
    for one, (x, y) in zip(seen, boxes, strict=True):
        one[x : x + size, y : y + size] = True
    return seen


FIELDS = {
    "dithered tiles": [(11 * x + dx, 11 * y + dy) for dx, dy in ((0, 0), (5, 4)) for x in range(4) for y in range(4)],
    "all on one place": [(x, y) for x in range(3) for y in range(4)],
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("units", [None, 3])
def test_errors_are_those_of_levels_whose_overlaps_have_noise_in_common(field, units):
    rng = np.random.default_rng(7)
    seen = looked_at(FIELDS[field], 12)
    count = len(seen)
    noise = rng.choice([1.0, 1.0, 2.0], count)
    units = np.arange(count) if units is None else np.arange(count) // units
    depth = np.einsum("kxy,k->xy", seen, noise**-2)
    common = {(i, j): seen[i] & seen[j] for i in range(count) for j in range(i + 1, count) if (seen[i] & seen[j]).any()}
    share = {(i, j): np.mean((noise[i] ** -2 + noise[j] ** -2) / depth[c]) for (i, j), c in common.items()}
    pulls, steps = [], []
    for _ in range(40):
        values = rng.normal(0, noise[:, None, None], seen.shape)
        overlaps = [
            Overlap(i, j, values[i][c].mean(), values[j][c].mean(), c.sum(), c.sum(), noise[i], noise[j],
                    np.hypot(noise[i], noise[j]) / np.sqrt(c.sum()), share[i, j])
            for (i, j), c in common.items()
        ]  # fmt: skip
        found = match_levels(count, overlaps, units=units)
        _, first = np.unique(units, return_index=True)
        pulls.append((found.level - found.level[first].mean())[first] / found.error[first])
        between = found.step_error > 0
        left = np.array([found.level[o.i] - found.level[o.j] for o in overlaps])
        steps.append(left[between] / found.step_error[between])
        assert (left[~between] == 0).all()
    assert np.sqrt(np.mean(np.square(pulls))) == pytest.approx(1, abs=0.1)
    assert np.sqrt(np.mean(np.square(steps))) == pytest.approx(1, abs=0.1)


def test_members_of_one_exposure_have_one_level():
    # Two exposures of two detectors each; in one overlap of four a detector is off by 4.
    overlaps = [overlap(i, j, sky, 0, 100, 100) for (i, j), sky in {(0, 2): 4, (1, 3): 8, (0, 3): 4, (1, 2): 4}.items()]
    found = match_levels(4, [*overlaps, overlap(0, 1, 7, 0, 100, 100)], units=["a", "a", "b", "b"])
    np.testing.assert_allclose(found.level, [5, 5, 0, 0])
    # A difference of four means of two variances of 0.01 each, from the mean of both levels.
    np.testing.assert_allclose(found.error, 0.5 * np.sqrt(0.02 / 4))
    np.testing.assert_allclose(found.step_error, [*[np.sqrt(0.02 / 4)] * 4, 0])
    assert [island.tolist() for island in found.islands] == [[0, 1, 2, 3]]


PIECES = [(u, v) for u in (-0.75, -0.25, 0.25, 0.75) for v in (-0.75, -0.25, 0.25, 0.75)]
PLACES = np.array(
    [(0.87 * x + dx, 0.87 * y + dy) for dx, dy in ((0, 0), (0.37, 0.23)) for x in range(4) for y in range(4)]
)
COUNT = len(PLACES)


def planes_measured(planes, noise, rng):
    """Overlaps of pieces of tiles that overlap by 0.13 of their width, and twice."""
    overlaps = []
    for i in range(COUNT):
        for j in range(i + 1, COUNT):
            for piece in PIECES:
                at = np.array(piece)
                on_j = at + 2 * (PLACES[i] - PLACES[j])
                if (np.abs(on_j) <= 0.8).all():
                    sky_i, sky_j = (planes[k] @ (1, *p) + noise * rng.normal() for k, p in ((i, at), (j, on_j)))
                    places = {"place_i": tuple(at), "place_j": tuple(on_j)}
                    overlaps.append(Overlap(i, j, sky_i, sky_j, 9, 9, 1, 1, np.sqrt(2) * noise, **places))
    return overlaps


@pytest.mark.parametrize("typical", [0.01, 0.001])
def test_gradients_come_back_within_their_errors(typical):
    rng = np.random.default_rng(2)
    pulls, steps = [], []
    for _ in range(20):
        planes = np.column_stack([rng.uniform(0.2, 0.4, COUNT), typical * rng.normal(size=(COUNT, 2))])
        overlaps = planes_measured(planes, 0.001, rng)
        found = match_levels(COUNT, overlaps, plane=True)
        miss = np.column_stack([found.level, found.slope]) - planes
        miss[:, 0] -= miss[:, 0].mean()
        pulls.append(miss / np.column_stack([found.error, found.slope_error]))
        left = [miss[o.i] @ (1, *o.place_i) - miss[o.j] @ (1, *o.place_j) for o in overlaps]
        steps.append(left / found.step_error)
    assert np.sqrt(np.mean(np.square(pulls), axis=(0, 1))) == pytest.approx(np.ones(3), abs=0.15)
    assert np.sqrt(np.mean(np.square(steps))) == pytest.approx(1, abs=0.1)


def test_gradients_that_are_none_are_not_noise():
    rng = np.random.default_rng(2)
    planes = np.column_stack([rng.uniform(0.2, 0.4, COUNT), np.zeros((COUNT, 2))])
    slopes = [match_levels(COUNT, planes_measured(planes, 0.001, rng), plane=True).slope for _ in range(10)]
    assert np.sqrt(np.mean(np.square(slopes))) < 2e-4


def test_gradients_that_overlaps_do_not_fix_are_zero():
    # A sky that is tilted as a whole is seen by no overlap.
    planes = np.column_stack([1 + 0.02 * PLACES[:, 0], np.full(COUNT, 0.01), np.zeros(COUNT)])
    found = match_levels(COUNT, planes_measured(planes, 1e-6, np.random.default_rng(1)), plane=True)
    assert np.abs(found.slope).max() < 1e-3
    # Two members that meet at one place have one equation for five unknowns.
    places = {"place_i": (0.9, 0.0), "place_j": (-0.9, 0.0)}
    found = match_levels(2, [Overlap(0, 1, 1.5, 1.0, 9, 9, 1, 1, 0.01, **places)], plane=True)
    np.testing.assert_array_equal(found.slope[:, 1], 0)
    step = found.level[0] - found.level[1] + 0.9 * (found.slope[0] + found.slope[1])[0]
    assert step == pytest.approx(0.5, abs=1e-3)


def test_an_island_does_not_change_the_levels_of_another():
    # Skies 0.300 and 0.400, and far away 0.300 and 0.302.
    levels = match_levels(4, agreeing([0.300, 0.400, 0.300, 0.302], [(0, 1), (2, 3)])).level
    np.testing.assert_allclose(levels, [0, 0.1, 0, 0.002], rtol=0, atol=1e-12)


def test_larger_overlaps_count_more():
    # Three members that disagree: the small overlap takes nearly all of the misfit.
    overlaps = [overlap(0, 1, 0, 1, 1000, 1000), overlap(1, 2, 0, 1, 1000, 1000), overlap(0, 2, 0, 3, 10, 10)]
    levels = match_levels(3, overlaps).level
    # The misfit of 1 is shared as one over the weights are: 1, 1 and 100.
    np.testing.assert_allclose(levels, [0, 1 + 1 / 102, 2 + 2 / 102], rtol=0, atol=1e-9)


def test_members_without_overlap_have_no_level():
    found = match_levels(4, agreeing([5, 7, 0, 0], [(0, 1)]))
    np.testing.assert_array_equal(found.level, [0, 2, np.nan, np.nan])
    assert np.isnan(found.error[2:]).all() and np.isfinite(found.error[:2]).all()
    assert [sorted(island) for island in found.islands] == [[0, 1]]
    found = match_levels(2, [])
    assert np.isnan(found.level).all() and found.islands == [] and len(found.step_error) == 0


def test_overlaps_without_noise_count_alike():
    overlaps = [overlap(i, j, i, 0, 9, 9, error=0.0) for i, j in ((1, 0), (2, 0), (1, 2))]
    np.testing.assert_allclose(match_levels(3, overlaps).level, [0, 5 / 3, 4 / 3], atol=1e-12)


def test_islands_of_pairs():
    found = [island.tolist() for island in find_islands(6, [(4, 5), (1, 3), (3, 5)])]
    assert found == [[1, 3, 4, 5], [0], [2]]
    assert [island.tolist() for island in find_islands(2, [])] == [[0], [1]]
