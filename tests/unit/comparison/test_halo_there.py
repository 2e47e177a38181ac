"""halo_there: halos are no brighter than another exposure shows them at the same place of its detector."""

import numpy as np
import pytest
from wfimosaic.comparison.halo_there import halo_there
from wfimosaic.stars.psf_difference import OTHER_DETECTOR, SPIKES
from wfimosaic.stars.star_halo import OUTSIDE

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
    return halo_there(halo, other, route, differ)[0, 1], halo.compute()[0, 1]


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


def test_another_detector_tells_nothing():
    limited, whole = spikes_of(exposure(star_at(THERE)), OTHER_DETECTOR)
    assert limited == whole


def test_a_ray_beside_a_bright_star_is_brighter_than_the_other_exposure_allows():
    data = star_at(STAR)
    ray = 0.45 * LIGHT * SPIKES["F158"] * (OUTSIDE / DISTANCE) ** 2
    data[Y, X] = ray
    for other, least, most in ((star_at(THERE), 0, 0.1), (star_at(THERE, spike=ray, box=3), 0.5, 10)):
        _deviation, blur, halo, _ = compared(data, X, Y, exposure(other), Turned(STAR, THERE, 20))
        assert blur.item() == 0
        assert least * ray <= halo.item() <= most * ray


def test_a_wider_psf_has_it_farther_from_the_star():
    # Where a PSF that is wider by a quarter has the light that the other has at four fifths of the distance.
    data, (x, y) = star_at(THERE), THERE
    data[y - 1 : y + 2, x + 15 : x + 18] = LIGHT
    halo, route = halo_of(star_at(STAR), X, Y), Turned(STAR, THERE, 20)
    same, wider = (halo_there(halo, exposure(data), route, 1.0, share)[0, 1] for share in (0.0, 0.25))
    assert same == 0
    assert wider == pytest.approx(halo.compute()[0, 1], rel=0.01)
