"""wider_psf: what stars of exposures whose PSFs differ in width look like is known once the difference is."""

import numpy as np
import pytest
from wfimosaic.comparison.votes import by_psf

from ..star_field import PSFS, add_star
from ..two_exposures import Turned, compared, exposure

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
