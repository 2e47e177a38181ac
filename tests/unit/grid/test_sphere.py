"""sphere: angles, areas and centres against astropy and closed formulas."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from wfimosaic.grid import sphere


@pytest.fixture
def positions():
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0, 360, (2, 50)), rng.uniform(-90, 90, (2, 50))
    ra[1, :20], dec[1, :20] = ra[0, :20] + 1e-7, dec[0, :20]
    return ra, dec


def test_separation_and_position_angle(positions):
    (ra1, ra2), (dec1, dec2) = positions
    one, other = SkyCoord(ra1, dec1, unit="deg"), SkyCoord(ra2, dec2, unit="deg")
    np.testing.assert_allclose(sphere.separation(ra1, dec1, ra2, dec2), one.separation(other).deg, rtol=1e-6)
    found = sphere.position_angle(ra1, dec1, ra2, dec2)
    np.testing.assert_allclose((found - one.position_angle(other).deg + 180) % 360, 180, atol=1e-5)


def test_area_of_a_cell_of_the_graticule():
    low, high, width = np.radians([20, 20.5, 0.7])
    side = np.linspace(0, 1, 400, endpoint=False)
    ra = 359.8 + 0.7 * np.concatenate([side, np.ones(400), 1 - side, np.zeros(400)])
    dec = 20 + 0.5 * np.concatenate([np.zeros(400), side, np.ones(400), 1 - side])
    assert sphere.polygon_area(ra, dec) == pytest.approx(width * (np.sin(high) - np.sin(low)), rel=1e-6)


@pytest.mark.parametrize("dec", [90.0, -90.0])
def test_area_around_a_pole(dec):
    ra = np.linspace(0, 360, 2000, endpoint=False)
    area = sphere.polygon_area(ra, np.full(2000, np.sign(dec) * 89.0))
    assert area == pytest.approx(2 * np.pi * (1 - np.sin(np.radians(89))), rel=1e-5)


def test_center_across_ra_zero():
    ra, dec = sphere.center(np.array([359.0, 1.0]), np.array([-1.0, 1.0]))
    assert (ra % 360, dec) == pytest.approx((0, 0), abs=1e-9)
    ra, dec = sphere.center(np.array([0.0, 90, 180, 270]), np.full(4, 89.0))
    assert dec == pytest.approx(90)
