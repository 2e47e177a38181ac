"""bright_stars, star_halo: how bright stars around each place are, and what exposures may differ by there."""

import numpy as np
import pytest
from wfimosaic.comparison.other_exposure import HIDDEN, Candidates, deviation_and_allowed
from wfimosaic.comparison.votes import by_psf
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.stars.bright_stars import Stars, bright_stars
from wfimosaic.stars.psf_difference import APART, CORNERS, OF_LIGHT_THERE, RINGS, WIDTH, halo_difference
from wfimosaic.stars.star_halo import FARTHEST_CORNERS, OUTSIDE, REACH, Halo, star_halo

from ..star_field import PSFS, add_star
from ..two_exposures import SNR, Turned, compared, exposure, unchanged

NO_NOISE = np.zeros(1)


def test_a_star_is_found_where_it_is_with_the_mean_of_four_pixels():
    median = np.full((200, 200), np.nan, np.float32)
    median[100:, :] = 0
    median[150:152, 63:65] = [[80, 100], [60, 40]]
    stars = bright_stars(median, REACH, origin=(-7, 5))
    assert (stars.x.tolist(), stars.y.tolist(), stars.light.tolist()) == ([63.5 - 7], [150.5 + 5], [70])


def test_how_bright_a_star_is_hardly_depends_on_where_it_falls_on_the_pixels():
    light = []
    for x, y in np.random.default_rng(1).uniform(20, 21, (30, 2)):
        image = np.zeros((40, 40))
        add_star(image, x, y, 1.0, PSFS["F106"].astype(float))
        light.append(bright_stars(image.astype(np.float32), REACH).light.max())
    # The brightest pixel has 0.16 to 0.46.
    assert max(light) < 1.3 * min(light)


@pytest.mark.parametrize("shift", range(4))
def test_two_stars_side_by_side_are_two_and_one_is_one(shift):
    image = np.zeros((60, 60))
    add_star(image, 20.3 + shift, 20.6, 1000.0, PSFS["F184"].astype(float))
    alone = bright_stars(image.astype(np.float32), REACH).light
    assert (alone > 0.05 * alone.max()).sum() == 1
    add_star(image, 25.8 + shift, 20.9, 700.0, PSFS["F184"].astype(float))
    both = bright_stars(image.astype(np.float32), REACH)
    assert np.sort(both.x[both.light > 0.1 * both.light.max()]).tolist() == pytest.approx(
        [20.3 + shift, 25.8 + shift], abs=1
    )


def test_the_halo_falls_with_the_distance_and_ends():
    x = np.array([0, 3, 12, REACH - 1, REACH + 1.0])
    halo = star_halo(Stars(*np.array([[0.0], [7], [100]])), x, np.full(5, 7.0), np.zeros(5))
    np.testing.assert_allclose(halo[:2], 100)
    share = np.array([OUTSIDE / 12, (OUTSIDE / 12) ** 2, (FARTHEST_CORNERS / 12) ** 8])
    np.testing.assert_allclose(halo[2], 100 * share, rtol=1e-5)
    assert (halo[3] > 0).all()
    assert (halo[4] == 0).all()
    finer = star_halo(Stars(*np.array([[0.0], [14], [100]])), 2 * x, np.full(5, 14.0), np.zeros(5), 0.5)
    np.testing.assert_allclose(finer, halo, rtol=1e-6)


def test_stars_add_up_as_noise_does_and_faint_ones_do_not_matter():
    stars = Stars(*np.array([[0.0, 10, 5], [0, 0, 3], [30, 40, 4]]))
    halo = star_halo(stars, np.full(2, 5.0), np.zeros(2), np.array([0.5, 3.5]))
    np.testing.assert_allclose(halo[:, 0], [50, 40], rtol=1e-6)


def test_spikes_differ_once_the_telescope_has_turned_them_apart():
    halo = star_halo(Stars(*np.array([[0.0], [0], [1000]])), np.array([15.0]), NO_NOISE, NO_NOISE)
    aligned, little, apart, farther = (
        halo_difference(halo, np.inf, "F158", turn).item() for turn in (0, 0.03, 0.15, 0.3)
    )
    core = WIDTH * (FARTHEST_CORNERS / 15) ** 8
    assert aligned == pytest.approx(1000 * (RINGS["F158"] * OUTSIDE / 15 + core), rel=1e-5)
    # Both are small at this distance: what corners of the core add.
    assert little - aligned == pytest.approx((apart - aligned) * 0.03 * 15 / APART, rel=0.01)
    assert farther == pytest.approx(apart, rel=0.01)
    assert halo_difference(halo, np.inf, "grism", 0.15) > apart


@pytest.mark.parametrize("turn", [0.0, 0.1])
def test_a_halo_differs_by_no_more_than_the_light_that_is_there(turn):
    distance = 18.0
    halo = star_halo(Stars(*np.array([[0.0], [0], [1000]])), np.array([distance]), NO_NOISE, NO_NOISE)
    differs = halo_difference(halo, np.inf, "F106", turn).item()
    light = np.array([0.01, 0.1, 100, -0.01])
    limited = np.array([halo_difference(halo, np.float32(value), "F106", turn).item() for value in light])
    # As much more as the telescope has moved it [pixel]; nothing where there is no light.
    expected = np.minimum(OF_LIGHT_THERE * (1 + turn * distance) * light.clip(0), differs)
    np.testing.assert_allclose(limited, expected, rtol=0.01, atol=2e-3)
    assert limited[0] < 0.1 * differs
    assert limited[2] == pytest.approx(differs)


@pytest.mark.parametrize("turn", [0.0, 0.2])
def test_beside_a_core_widths_differ_without_a_turn_and_corners_with_it(turn):
    halo = star_halo(Stars(*np.array([[0.0], [0], [1000]])), np.array([3.0]), NO_NOISE, NO_NOISE, 1.0, "F158")
    # Where no light is known to be, that of the core alone.
    core = halo_difference(halo, np.float32(0), "F158", turn).item()
    assert core == pytest.approx(1000 * max(WIDTH, turn * CORNERS["F158"]))


@pytest.mark.parametrize("optical_element", ["F062", "F106", "F129", "F158", "F184", "F213"])
@pytest.mark.parametrize("degrees", [0, 8, 30])
def test_a_star_seen_twice_differs_by_no_more_than_is_allowed(optical_element, degrees):
    rng, psf = np.random.default_rng(1), PSFS[optical_element].astype(float)
    axis = np.arange(11, 30)
    column, row = np.stack(np.meshgrid(axis, axis)).reshape(2, -1)
    for _ in range(5):
        first, second = np.zeros((2, 40, 40))
        here, there = 20 + rng.uniform(-0.5, 0.5, (2, 2))
        for image, place, width in zip((first, second), (here, there), rng.normal(1, 0.02, 2), strict=True):
            add_star(image, *place, 1e6, psf, width)
        route = Turned(here, there, degrees)
        deviation, blur, halo, _ = compared(first, column, row, exposure(second, optical_element), route)
        # Farther away the stars of these tests fade out.
        near = np.hypot(column - here[0], row - here[1]) < 7
        assert (deviation <= by_psf(blur, halo))[near].mean() > 0.995


def test_a_sky_that_is_not_subtracted_is_no_light_of_a_halo():
    x, y, value, err = (np.full(1, number) for number in (20, 21, 1e4, 1.0))
    halo = Halo.around(Stars(*np.array([[29.0], [21], [1e6]])), unchanged, 1.0, "F158", x, y, err)
    route = Turned((0, 0), (0.5, 0.5), 11.5)
    found = []
    for sky in (0.0, 50.0):
        candidates = Candidates(x, y, value + sky, err, 0 * err, halo)
        other = exposure(np.full((40, 40), sky), level=sky)
        found.append(deviation_and_allowed(candidates, other, route, SNR)[2].item())
    assert found[0] == pytest.approx(found[1], rel=1e-5)
    # Of a star so bright no more than noise may hide, and what its core does so far away.
    assert HIDDEN / 2 < found[0] < 5 * HIDDEN + 1e6 * 0.2 * CORNERS["F158"] * (5 / 9) ** 8


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("origin", [(0, 0), (-3, 5)])
@pytest.mark.parametrize("corner", [(90, 131), (0, 3), (239, 198)])
def test_in_a_part_it_is_that_of_the_whole(ratio, origin, corner):
    median = np.random.default_rng(1).pareto(1, (240, 203)).astype(np.float32)
    row, column = corner
    part = Rectangle(slice(row, row + 5), slice(column, column + 5)).overlap(Rectangle.whole(median.shape))
    y, x = np.mgrid[part.slices].reshape(2, -1) + np.reshape(origin[::-1], (2, 1))
    whole, local = (
        star_halo(bright_stars(median, REACH, ratio, origin, some), x, y, np.ones(len(x)), ratio)
        for some in (None, part)
    )
    assert (whole > 0).all()
    np.testing.assert_allclose(local, whole, rtol=1e-6)


def test_a_part_outside_has_no_halo():
    median = np.ones((20, 20), np.float32)
    outside = Rectangle(slice(90, 95), slice(3, 8)).overlap(Rectangle.whole(median.shape))
    stars = bright_stars(median, REACH, part=outside)
    assert not star_halo(stars, np.array([5.0]), np.array([92.0]), NO_NOISE).any()
