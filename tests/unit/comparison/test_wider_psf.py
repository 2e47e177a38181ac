"""wider_psf: what stars of exposures whose PSFs differ in width look like is known once the difference is."""

import numpy as np
import pytest
from wfimosaic.comparison.votes import by_psf
from wfimosaic.comparison.wider_psf import wider_psf

from ..star_field import PSFS, add_star
from ..two_exposures import Turned, compared, exposure, halo_of

AXIS = np.arange(-6, 7)


@pytest.mark.parametrize("optical_element", ["F106", "F158", "F213"])
@pytest.mark.parametrize("wider", [-0.08, 0.08])
def test_a_star_of_a_wider_or_narrower_psf_is_no_outlier(optical_element, wider):
    psf, rng = PSFS[optical_element].astype(float), np.random.default_rng(3)
    x, y = np.stack(np.meshgrid(20 + AXIS, 20 + AXIS)).reshape(2, -1)
    beyond = {"known": [], "unknown": []}
    for _ in range(20):
        here, there = 20 + rng.uniform(-0.5, 0.5, (2, 2))
        first, second = np.zeros((2, 41, 41))
        add_star(first, *here, 1e6, psf, 1 + wider)
        add_star(second, *there, 1e6, psf)
        for name, width in (("known", wider), ("unknown", 0.0)):
            other = exposure(second, optical_element, psfs_differ=lambda width=width: (1.0, width))
            deviation, blur, halo, noise = compared(first, x, y, other, Turned(here, there, 3))
            beyond[name].append(deviation > by_psf(blur, halo) + 5 * noise)
    known, unknown = (np.mean(beyond[name]) for name in ("known", "unknown"))
    assert unknown > 0
    assert known < 0.2 * unknown


def two_stars(optical_element, wider, degrees, phases=((0.2, -0.3), (-0.4, 0.1))):
    psf, (here, there) = PSFS[optical_element].astype(float), 20 + np.array(phases)
    first, second = np.zeros((2, 41, 41))
    add_star(first, *here, 1e6, psf, 1 + wider)
    add_star(second, *there, 1e6, psf)
    return first, exposure(second, optical_element, psfs_differ=lambda: (1.0, wider)), Turned(here, there, degrees)


@pytest.mark.parametrize("wider", [-0.08, 0.08])
def test_a_ray_beside_it_is_one(wider):
    first, other, route = two_stars("F158", wider, 3)
    x, y = np.stack(np.meshgrid(20 + AXIS, 20 + AXIS)).reshape(2, -1)
    # As bright as the star's own brightest pixel.
    deviation, blur, halo, noise = compared(first, x, y, other, route, more=first.max())
    assert (deviation > by_psf(blur, halo) + 5 * noise)[np.hypot(x - 20, y - 20) > 2].all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("optical_element", "wider"), [("F158", 0.06), ("F158", -0.06), ("F213", 0.05)])
def test_no_brighter_ray_is_kept_where_a_fainter_one_is_none(optical_element, wider, seed):
    phases = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, 2))
    first, other, route = two_stars(optical_element, wider, 15, phases)
    rays = np.geomspace(1e2, 1e6, 600)
    for x, y in np.stack(np.meshgrid(20 + AXIS, 20 + AXIS)).reshape(2, -1).T:
        pixel = np.full(len(rays), x), np.full(len(rays), y)
        deviation, blur, halo, noise = compared(first, *pixel, other, route, more=rays)
        outlier = deviation > by_psf(blur, halo) + 5 * noise
        assert (np.diff(outlier.astype(int)) >= 0).all()


def test_a_sky_that_is_not_subtracted_is_no_light_of_the_star():
    first, other, route = two_stars("F158", 0.08, 3)
    x, y = np.stack(np.meshgrid(20 + AXIS, 20 + AXIS)).reshape(2, -1)
    halo = halo_of(first, x, y)
    which, value, _ = wider_psf(halo, other, route, 1.0, 0.08)
    assert len(which) > 50
    other.data += 1000
    other.level = 1000.0
    np.testing.assert_allclose(wider_psf(halo, other, route, 1.0, 0.08)[1], value + 1000, rtol=1e-4)
