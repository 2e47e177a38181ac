"""member_to_member: where a member's pixels lie on another one."""

import numpy as np
import pytest
from wfimosaic.grid import pixel_map
from wfimosaic.grid.member_to_member import member_to_member, same_pixels

from ..synthetic import plane_member


@pytest.mark.parametrize(("center", "angle"), [((200, 210), 0.0), ((330, 150), 15.0), ((190, 400), -80.0)])
def test_both_pixels_lie_at_one_place_of_the_grid(center, angle):
    source = plane_member((300, 280), (200, 200), bend=0.01)
    target = plane_member((260, 310), center, 1.02, angle, bend=-0.008, bow=0.002)
    route = member_to_member(source, target)
    x, y = (v.ravel() for v in np.meshgrid(np.arange(0, 280, 7.0), np.arange(0, 300, 9.0)))
    u, v = route.positions(x, y)
    on_target = (u > 0) & (u < 309) & (v > 0) & (v < 259)
    assert on_target.sum() > 100
    here = pixel_map.positions(source.coefficients, source.box, x[on_target], y[on_target])
    there = pixel_map.positions(target.coefficients, target.box, u[on_target], v[on_target])
    np.testing.assert_allclose(there, here, atol=1e-4)
    assert abs(route.turn - abs(np.sin(np.radians(angle)))) < 0.02


def test_members_that_do_not_meet_have_no_map():
    assert member_to_member(plane_member((200, 200), (100, 100)), plane_member((200, 200), (700, 100))) is None


def test_same_pixels_are_the_same():
    x, y = np.array([0.0, 5.0, 99.0]), np.array([3.0, 40.0, 59.0])
    np.testing.assert_allclose(same_pixels((60, 100)).positions(x, y), [x, y], atol=1e-9)
