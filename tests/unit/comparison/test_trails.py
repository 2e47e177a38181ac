"""follow: what lies next to rays and in trails, as far as a bound."""

import numpy as np
import pytest
from wfimosaic.comparison.trails import HALF_BOX, ROUNDS, follow, reach
from wfimosaic.outliers.find_outliers import grown_mask

SHAPE = (40, 50)


def everywhere(mask):
    return np.flatnonzero(np.ones(mask.shape, bool))


def image(*found):
    mask = np.zeros(SHAPE, bool)
    for place in found:
        mask[place] = True
    return mask


def test_next_to_what_was_found_counts_what_is_one_there():
    first, beside = image((10, 10)), image((10, 10), (11, 11), (10, 12))
    found = follow(first, beside, np.zeros(0, int), 1)
    assert np.argwhere(found).tolist() == [[10, 10], [11, 11]]


@pytest.mark.parametrize("length", [3, 40])
def test_a_ray_a_pixel_wide_is_no_trail(length):
    ray = image((20, slice(5, 5 + length)))
    assert (follow(ray, ray.copy(), everywhere(ray), 1) == ray).all()


@pytest.mark.parametrize("edge", [0, 17])
def test_a_trail_is_followed_across_a_star_and_from_its_middle_to_its_edges(edge):
    trail = image((slice(edge, edge + 12), slice(None)))
    seen = trail.copy()
    seen[edge : edge + 2] = False
    seen[edge + 4 : edge + 8, 20:25] = False
    found = follow(seen, seen.copy(), np.flatnonzero(trail), 1)
    assert (found == trail).all()


def test_good_pixels_beside_a_trail_stay_and_it_is_not_followed_farther_than_it_reaches():
    seen = image((slice(0, 20), slice(None)))
    assert (follow(seen, seen.copy(), np.flatnonzero(seen), 1) == seen).all()
    found = follow(seen, seen.copy(), everywhere(seen), 1)
    assert not found[20 + ROUNDS * HALF_BOX :].any()


def test_nothing_is_followed_where_nothing_grows():
    seen = image((slice(10, 20), slice(None)))
    assert (follow(seen, grown_mask(seen, 3), everywhere(seen), 0) == seen).all()
    assert reach(0) == 0


@pytest.mark.parametrize("grow", [1, 2])
def test_a_pixel_depends_on_those_within_reach_alone(grow):
    rng = np.random.default_rng(1)
    first, beside, likely = (rng.random((120, 120)) < share for share in (0.1, 0.25, 0.7))
    whole = follow(first, beside & True, np.flatnonzero(likely), grow)
    assert 1.5 * (beside & grown_mask(first, grow)).sum() < whole.sum() < 0.95 * likely.size
    near, inside = reach(grow), (slice(30, 80), slice(41, 90))
    cut = tuple(slice(side.start - near, side.stop + near) for side in inside)
    part = follow(first[cut], beside[cut].copy(), np.flatnonzero(likely[cut]), grow)
    assert (part[near:-near, near:-near] == whole[inside]).all()
