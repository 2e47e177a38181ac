"""sky_sheets: members anywhere on the sky, and which of them overlap."""

from dataclasses import replace

import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.grid import pixel_map, sphere
from wfimosaic.grid.grid import MemberHeader
from wfimosaic.grid.member_to_member import member_to_member
from wfimosaic.grid.sky_sheets import sky_sheets
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.sky.overlaps import overlapping_pairs

SHAPE, SCALE = (400, 400), 0.4 / 3600
BOX = (-0.5, 399.5, -0.5, 399.5)


def header(name, ra, dec, element="F158", roll=0.0, scale=SCALE):
    cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    wcs = tangent_plane((ra, dec), (199.5, 199.5), scale, [[-cos, sin], [sin, cos]], SHAPE)
    x, y = np.meshgrid(pixel_map.nodes(*BOX[:2], 8), pixel_map.nodes(*BOX[2:], 8))
    corners = np.column_stack(wcs(np.array([-0.5, -0.5, 399.5, 399.5]), np.array([-0.5, 399.5, 399.5, -0.5])))
    sky = np.stack(wcs(x, y), axis=-1)
    area = np.radians(scale) ** 2
    return MemberHeader(
        f"{name}_cal.asdf", name, name, SHAPE, BOX, corners, sky, scale, 0.0, 1, area, area, "WFI01", element, ""
    )


def named_pairs(headers):
    grid = sky_sheets("field.asdf", headers)
    return {(headers[i].stem, headers[j].stem) for i, j in overlapping_pairs(grid)}


@pytest.mark.parametrize("place", [(0.0, 0.0), (359.99, 40.0), (120.0, 90.0), (10.0, -89.99), (180.0, -30.0)])
def test_neighbours_overlap_wherever_they_lie(place):
    ra, dec = place
    north = dec - 0.03 if dec > 0 else dec + 0.03
    headers = [header("a", ra, dec), header("b", ra, north, roll=20.0), header("far", ra, north - np.sign(dec or -1))]
    assert named_pairs(headers) == {("a", "b")}
    a, b = sky_sheets("field.asdf", headers).members[:2]
    x, y = np.meshgrid(np.arange(0, 400, 40.0), np.arange(0, 400, 40.0))
    u, v = member_to_member(a, b).positions(x.ravel(), y.ravel())
    wcs = tangent_plane((ra, dec), (199.5, 199.5), SCALE, [[-1, 0], [0, 1]], SHAPE)
    cos, sin = np.cos(np.radians(20)), np.sin(np.radians(20))
    other = tangent_plane((ra, north), (199.5, 199.5), SCALE, [[-cos, sin], [sin, cos]], SHAPE)
    true = np.array(other.invert(*wcs(x.ravel(), y.ravel(), with_bounding_box=False), with_bounding_box=False))
    meets = np.isfinite(u) & ((true > 0) & (true < 399)).all(axis=0)
    assert meets.sum() > 20
    np.testing.assert_allclose(np.stack([u, v])[:, meets], true[:, meets], rtol=0, atol=1e-5)


def test_filters_do_not_meet():
    headers = [header("a", 10, 0), header("b", 10, 0.01), header("c", 10, 0.02, element="F106")]
    headers.append(replace(header("d", 10, 0.03), optical_element="F106"))
    assert named_pairs(headers) == {("a", "b"), ("c", "d")}


def test_a_field_may_lie_all_over_the_sky():
    places = [(10, 0), (190, 0), (100, 80), (100, -80), (280, 5)]
    headers = [header(f"{k}{n}", ra, dec + 0.01 * n) for k, (ra, dec) in enumerate(places) for n in (0, 1)]
    assert named_pairs(headers) == {(f"{k}0", f"{k}1") for k in range(len(places))}


def test_members_connected_around_the_sky_are_refused():
    # Large members, of which each touches the next one.
    ring = [header(f"m{k}", 0.4 * k, 0.0, scale=10 * SCALE) for k in range(450)]
    away = sphere.separation(0.0, 0.0, 0.4 * 449, 0.0)
    assert away > 150
    with pytest.raises(InputError, match=r"m\d+_cal\.asdf: lies more than 75 degrees from the middle of the members"):
        sky_sheets("field.asdf", ring)
