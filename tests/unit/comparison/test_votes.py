"""votes_needed, judge: how many others decide, and what they allow next to an outlier and in a trail."""

from types import SimpleNamespace

import numpy as np
import pytest
from wfimosaic.comparison.other_exposure import Candidates, Other, deviation_and_allowed
from wfimosaic.comparison.votes import by_psf, judge, votes_needed
from wfimosaic.grid.member_to_member import same_pixels
from wfimosaic.stars.bright_stars import Stars
from wfimosaic.stars.star_halo import Halo

from ..star_field import PSFS, add_star
from ..two_exposures import compared, exposure

NO_STARS = Stars(*np.zeros((3, 0)))
ERR = np.float32(0.01)


def test_a_third_find_a_pixel_brighter_a_fifth_surely_half_above_noise_and_more_than_two_thirds_darker():
    looked = np.arange(1, 10)
    brighter, surely, above, darker = votes_needed(looked)
    assert brighter.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert surely.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert above.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    # One or two cannot tell a dark pixel from a bright one.
    assert (darker[:2] > looked[:2]).all()
    assert darker[2:].tolist() == [3, 3, 4, 5, 5, 6, 7]


def pixels(values, stars=NO_STARS):
    """Candidates beside a star of another exposure, of these values."""
    x, y, err = np.full(len(values), 20), np.full(len(values), 21), np.full(len(values), ERR)
    halo = Halo.around(stars, lambda x, y: np.stack([x, y]), 1.0, "F158", x, y, err)
    return Candidates(x, y, np.array(values, np.float32), err, np.zeros(len(values), np.float32), halo)


def exposure_of_a_star():
    data = np.zeros((40, 40))
    add_star(data, 20.4, 20.3, 1000.0, PSFS["F158"].astype(float))
    no_sky = SimpleNamespace(at=lambda row, column: np.zeros(np.shape(row), np.float32))
    dq = np.zeros(data.shape, np.uint32)
    return Other(data.astype(np.float32), np.full(data.shape, ERR), dq, np.uint32(1), no_sky, "F158")


@pytest.mark.parametrize("stars", [NO_STARS, Stars(*np.array([[20.0], [24], [500]]))], ids=["star", "halo"])
def test_next_to_an_outlier_less_of_what_psfs_do_is_allowed(stars):
    # That of the other star lies outside of it: how bright its halo is there is not known.
    route = SimpleNamespace(
        positions=lambda x, y: np.where((np.abs(x - 20) < 2) & (np.abs(y - 21) < 2), [[20.3], [21.2]], np.nan), turn=0.2
    )
    other = exposure_of_a_star()
    deviation, blur, halo, noise = deviation_and_allowed(pixels([1e4], stars), other, route, (5.0, 5.0))
    assert blur.item() > 100 * ERR
    allowed, next_to = np.hypot(blur, halo), np.hypot(0.75 * blur, 0.5 * halo)
    assert (next_to < allowed).all()
    limits = np.concatenate([[0], next_to, next_to, allowed, allowed])
    values = 1e4 - deviation + limits + np.array([-0.1, -0.1, 0.1, -0.1, 0.1]) * blur + 5 * noise
    first, next_to_one, in_trail = judge(pixels(values, stars), [(other, route)], (5.0, 5.0))
    assert first.tolist() == [False, False, False, False, True]
    assert next_to_one.tolist() == [False, False, True, True, True]
    # There it is enough to be brighter by more than noise.
    assert in_trail.tolist() == [False, True, True, True, True]


def test_what_psfs_and_halos_explain_adds_up_as_noise_does():
    assert by_psf(np.float32(3), np.float32(4)) == 5
    assert by_psf(np.float32(4), np.float32(8), (0.75, 0.5)) == 5


def test_a_pixel_that_is_asked_about_alone_gets_the_same_answer():
    # Whole pixels lie between two sets of others, and positions of one are not rounded as those of many.
    shape, rng = (60, 4088), np.random.default_rng(1)
    other, route = exposure(rng.standard_normal(shape)), same_pixels(shape)
    data, x, y = rng.standard_normal(shape), rng.integers(5, 4080, 200), rng.integers(5, 55, 200)
    together = compared(data, x, y, other, route)
    alone = [compared(data, x[k : k + 1], y[k : k + 1], other, route) for k in range(len(x))]
    np.testing.assert_allclose(np.concatenate(alone, axis=1), together, rtol=1e-5, atol=1e-5)
