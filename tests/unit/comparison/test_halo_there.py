"""halo_there: halos are no brighter than another exposure shows them at the same place of its detector."""

import numpy as np
import pytest
from wfimosaic.comparison.halo_there import NARROW, halo_there
from wfimosaic.comparison.other_exposure import HIDDEN
from wfimosaic.comparison.surroundings import Surroundings
from wfimosaic.stars.bright_stars import Stars
from wfimosaic.stars.psf_difference import OTHER_DETECTOR, SPIKES, halo_difference
from wfimosaic.stars.star_halo import OUTSIDE, Halo, added_up

from ..two_exposures import Turned, compared, exposure, halo_of

SHAPE = (90, 90)
STAR, THERE = (40, 45), (42, 44)
# Of the star, whose 2 x 2 pixels begin at its place.
LIGHT = 1e5
DISTANCE = 20
X, Y = np.array([STAR[0] + DISTANCE]), np.array([STAR[1]])


def star_at(place, spike=0.0, box=1):
    """Return data with a star and some light at a distance to its right."""
    (x, y), data = place, np.zeros(SHAPE)
    data[y : y + 2, x : x + 2] = LIGHT
    data[y - box + 1 : y + box, x + DISTANCE - box + 1 : x + DISTANCE + box] = spike
    return data


def spikes_of(other, differ=1.0, degrees=20):
    halo = halo_of(star_at(STAR), X, Y)
    route = Turned(STAR, THERE, degrees)
    return halo_there(halo, other, route, differ)[0][0, 1], halo.compute()[0, 1]


def test_where_the_other_shows_nothing_beside_the_star_there_is_no_halo():
    limited, whole = spikes_of(exposure(star_at(THERE)))
    assert whole == pytest.approx(LIGHT * (OUTSIDE / DISTANCE) ** 2, rel=0.1)
    assert limited == 0


def test_where_it_shows_a_spike_there_is_one():
    limited, whole = spikes_of(
        exposure(star_at(THERE, spike=LIGHT * SPIKES["F158"] * (OUTSIDE / DISTANCE) ** 2, box=2))
    )
    assert limited == pytest.approx(whole, rel=0.01)


def test_the_place_is_that_of_the_detector_not_of_the_sky():
    data = star_at(THERE)
    turned = Turned(STAR, THERE, 20).positions(X, Y)
    column, row = np.rint(turned[:, 0]).astype(int)
    data[row - 1 : row + 2, column - 1 : column + 2] = LIGHT
    assert spikes_of(exposure(data))[0] == 0


def test_what_is_not_known_is_no_limit():
    bad = exposure(star_at(THERE))
    bad.dq[THERE[1] + 1, THERE[0] + DISTANCE - 1] = 1
    limited, whole = spikes_of(bad)
    assert limited == whole
    at_the_border = exposure(star_at(THERE)[:, : THERE[0] + DISTANCE + 1])
    limited, whole = spikes_of(at_the_border)
    assert limited == whole
    # Where the place is there, but the star is not.
    without_the_star = exposure(star_at(THERE)[:, THERE[0] + 2 :])
    halo, route = halo_of(star_at(STAR), X, Y), Turned(STAR, (-2, THERE[1]), 20)
    stars, unseen = halo_there(halo, without_the_star, route, 1.0)
    assert (stars[0, 1], unseen.item()) == (whole, True)


def test_another_detector_tells_nothing():
    limited, whole = spikes_of(exposure(star_at(THERE)), OTHER_DETECTOR)
    assert limited == whole


def seen_beside_the_star(there, route, x, y):
    """Look at an exposure as far from the star as pixels x, y are here, in the same direction of the detector."""
    centre = np.array([STAR[0] + 0.5]), np.array([STAR[1] + 0.5])
    u, v = route.positions(*centre)
    return Surroundings.of(there, u + x - centre[0], v + y - centre[1])


@pytest.mark.parametrize("spike", [0, 6, 200])
def test_a_ray_beside_a_bright_star_is_compared_with_what_is_there(spike):
    data, there, route = star_at(STAR), exposure(star_at(THERE, spike=spike, box=2)), Turned(STAR, THERE, 20)
    data[Y, X] = 0.45 * LIGHT * SPIKES["F158"] * (OUTSIDE / DISTANCE) ** 2
    seen = seen_beside_the_star(there, route, X, Y)
    # Of the range four times the noise may be noise.
    allowed = (seen.interpolated + NARROW * max(0, spike - 4)).item()
    everywhere = halo_difference(halo_of(data, X, Y).compute(), HIDDEN, "F158", route.turn).item()
    _, blur, halo, _ = compared(data, X, Y, there, route)
    assert blur.item() == 0
    assert halo.item() == pytest.approx(min(allowed, everywhere), rel=0.02, abs=0.1)


def test_near_the_star_it_is_compared_as_a_pixel_is():
    x, y = np.array([STAR[0] + 5]), np.array([STAR[1]])
    data, there, route = star_at(STAR), star_at(THERE), Turned(STAR, THERE, 20)
    there[THERE[1] - 1 : THERE[1] + 2, THERE[0] + 5] = 100
    seen = seen_beside_the_star(exposure(there), route, x, y)
    found, unseen = halo_there(halo_of(data, x, y), exposure(there), route, 1.0)
    assert not unseen
    assert halo_difference(found, np.inf, "F158", route.turn).item() == pytest.approx(
        (seen.interpolated + seen.blur(1.0)).item(), rel=0.02
    )


def test_a_sky_that_is_not_subtracted_is_no_halo():
    limited, _ = spikes_of(exposure(star_at(THERE) + 30, level=30.0))
    assert limited == 0


def test_a_wider_psf_has_it_farther_from_the_star():
    # Where a PSF that is wider by a quarter has the light that the other has at four fifths of the distance.
    data, (x, y) = star_at(THERE), THERE
    data[y - 1 : y + 2, x + 15 : x + 18] = LIGHT
    halo, route = halo_of(star_at(STAR), X, Y), Turned(STAR, THERE, 20)
    same, wider = (halo_there(halo, exposure(data), route, 1.0, share)[0][0, 1] for share in (0.0, 0.25))
    assert same == 0
    assert wider == pytest.approx(halo.compute()[0, 1], rel=0.01)


def test_pairs_of_pixels_and_stars_on_a_turned_lattice():
    cosine, sine = 2 * np.cos(0.7), 2 * np.sin(0.7)

    def to_lattice(x, y):
        return np.stack([cosine * x - sine * y + 9, sine * x + cosine * y - 4])

    x, y, star = np.array([20, 25, 31]), np.array([20, 12, 30]), np.array([27.3, 22.1])
    stars = Stars(*to_lattice(*star).reshape(2, 1), np.array([1e4]))
    halo = Halo.around(stars, to_lattice, 0.5, "F158", x, y, np.ones(3))
    pixel, light, distance, dx, dy = halo.pairs()
    np.testing.assert_allclose(np.stack([x[pixel] + dx, y[pixel] + dy]), np.tile(star[:, None], 3))
    np.testing.assert_allclose(distance, np.hypot(dx, dy))
    np.testing.assert_array_equal(added_up(pixel, light, 3), halo.compute())
