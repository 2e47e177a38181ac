"""output_wcs: every way to set the output grid."""

import re

import asdf
import gwcs
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.modeling import models
from wfimosaic.association.skycell import find_skycell, skycell_of
from wfimosaic.errors import InputError
from wfimosaic.grid.fits_wcs import fits_wcs
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.grid.output_wcs import default_wcs, skycell_wcs
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.grid.wcs_from_file import wcs_from_file
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs

from ..synthetic import write_cal

SKYCELL = {
    "name": "225p90x49y67",
    "pixel_scale": 1.5277777777777777e-5,
    "ra_projection_center": 225.0,
    "dec_projection_center": 90.0,
    "x0_projection": 7299.5,
    "y0_projection": -79100.5,
    "ra_center": 228.3657,
    "dec_center": 88.7514,
    "nx": 5000,
    "ny": 5000,
    "orientat": -3.3657,
    "orientat_projection_center": 180.0,
}


pytestmark = pytest.mark.filterwarnings("ignore::asdf.exceptions.AsdfPackageVersionWarning")


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    """Two members without distortion, 200 pixels apart in Dec: +y at position angle 30."""
    folder, found = tmp_path_factory.mktemp("headers"), []
    for k in range(2):
        pointing = (150.0, 2.0 + k * 200 * PIXEL_SCALE / 3600, 30.0)
        wcs = detector_wcs(pointing, 1, (100, 120), distortion=0)
        path = write_cal(folder / f"m{k}.asdf", pointing, (100, 120), wcs=wcs)
        found.append(read_member_header(path, f"m{k}"))
    return found


def sky(wcs, x, y):
    return SkyCoord(*wcs(x, y, with_bounding_box=False), unit="deg")


def local_geometry(wcs, x, y):
    """Scale along x and y [arcsec] and the position angle of +y [deg]."""
    here, right, up = (sky(wcs, x + dx, y + dy) for dx, dy in ((0, 0), (1, 0), (0, 1)))
    return here.separation(right).arcsec, here.separation(up).arcsec, here.position_angle(up).deg


def test_single_member_is_its_own_grid(headers):
    out = default_wcs(headers[:1])
    assert out.shape == (100, 120)
    assert out.pixel_scale_ratio == 1
    assert local_geometry(out.wcs, 60, 50) == pytest.approx((PIXEL_SCALE, PIXEL_SCALE, 30), abs=1e-5)
    # The tangent point is the member's centre, its outermost corner the first pixel's centre.
    assert sky(out.wcs, *out.wcs.forward_transform.crpix.value).separation(SkyCoord(150, 2, unit="deg")).arcsec < 0.01
    x, y = out.wcs.invert(*headers[0].corners.T, with_bounding_box=False)
    np.testing.assert_allclose([x.min(), y.min(), x.max(), y.max()], [0, 0, 120, 100], atol=0.01)
    assert out.wcs.pixel_shape == (120, 100)


@pytest.mark.parametrize("detector", [1, 9, 18])
@pytest.mark.parametrize("rotation", [None, 20.0])
def test_default_grid_holds_the_bowed_edges_of_distorted_members(tmp_path, detector, rotation):
    shape = (512, 500)
    wcs = detector_wcs((80.0, -30.0, 0.0), detector, shape)
    header = read_member_header(write_cal(tmp_path / "m.asdf", shape=shape, wcs=wcs), "m")
    out = default_wcs([header], rotation=rotation)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    u, v = out.wcs.invert(*wcs(x, y, with_bounding_box=False), with_bounding_box=False)
    assert u.min() >= -0.5 and u.max() <= out.shape[1] - 0.5
    assert v.min() >= -0.5 and v.max() <= out.shape[0] - 0.5
    # romancal's corner stays the centre of a pixel, and no side has a row that is not needed.
    corners = np.array(out.wcs.invert(*header.corners.T, with_bounding_box=False))
    more = corners.min(axis=1)
    np.testing.assert_allclose(more, more.round(), atol=1e-6)
    for centers, corner, first, count in zip((u, v), corners, more.round(), out.shape[::-1], strict=True):
        assert first == 0 or centers.min() < 0.5
        assert count == first + int(np.ptp(corner) + 0.5) or centers.max() > count - 1.5


def test_default_grid_just_holds_all_members(headers):
    out = default_wcs(headers)
    x, y = out.wcs.invert(*np.concatenate([header.corners for header in headers]).T, with_bounding_box=False)
    assert (x.min(), y.min()) == pytest.approx((0, 0), abs=1e-6)
    # 200 pixels to the north are 200 cos 30 = 173.2 along y and 200 sin 30 along x: the centres of the outermost pixels
    # lie at 272.7 and 219.5.
    assert (y.max() - 0.5, x.max() - 0.5) == pytest.approx((272.7, 219.5), abs=0.02)
    assert out.shape == (274, 220)
    tangent = sky(out.wcs, *out.wcs.forward_transform.crpix.value)
    assert tangent.separation(SkyCoord(150, 2 + 100 * PIXEL_SCALE / 3600, unit="deg")).arcsec < 0.01


@pytest.mark.parametrize("rotation", [0.0, 30.0, -77.5, 180.0, 359.0])
def test_rotation_is_the_position_angle_of_y(headers, rotation):
    out = default_wcs(headers, rotation=rotation)
    angle = local_geometry(out.wcs, *out.wcs.forward_transform.crpix.value)[2]
    assert (angle - rotation + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    # East stays on the left of north.
    x, y = out.wcs.forward_transform.crpix.value
    east = sky(out.wcs, x, y).position_angle(sky(out.wcs, x + 1, y)).deg
    assert (east - rotation) % 360 == pytest.approx(270, abs=1e-6)


def test_pixel_scale_takes_precedence_over_the_ratio(headers):
    out = default_wcs(headers, pixel_scale=0.055, pixel_scale_ratio=3.0)
    assert local_geometry(out.wcs, 100, 100)[:2] == pytest.approx((0.055, 0.055), rel=1e-6)
    assert out.pixel_scale_ratio == pytest.approx(0.5, rel=1e-6)
    assert out.shape == pytest.approx((2 * 273, 2 * 220), abs=1)


def test_ratio_multiplies_the_first_members_scale(headers):
    out = default_wcs(headers, pixel_scale_ratio=2.0)
    assert local_geometry(out.wcs, 50, 50)[:2] == pytest.approx((0.22, 0.22), rel=1e-6)
    assert out.pixel_scale_ratio == 2
    assert out.shape == pytest.approx((273 / 2, 220 / 2), abs=1)


def test_reference_pixel_position_and_shape_are_as_told(headers):
    out = default_wcs(headers, crpix=(10.0, 20.5), crval=(150.001, 2.002), output_shape=(70, 50))
    assert out.shape == (50, 70)
    assert out.wcs.pixel_shape == (70, 50)
    assert sky(out.wcs, 10.0, 20.5).separation(SkyCoord(150.001, 2.002, unit="deg")).arcsec < 1e-8
    # A reference pixel alone moves the grid, and it still ends at the last member.
    near, far = (default_wcs(headers, crpix=(x, 130.0)) for x in (110.0, 90.0))
    assert far.shape == (near.shape[0], near.shape[1] - 20)
    assert sky(far.wcs, 90, 130).separation(sky(near.wcs, 110, 130)).arcsec < 1e-8


def test_shape_alone_is_the_middle_of_the_output_without_it(headers):
    whole, part = default_wcs(headers), default_wcs(headers, output_shape=(70, 51))
    assert part.shape == (51, 70)
    moved = np.subtract(whole.wcs.forward_transform.crpix.value, part.wcs.forward_transform.crpix.value)
    np.testing.assert_allclose(moved, moved.round(), atol=1e-9)
    # In whole pixels, so off by half of one at most; the default grid is rounded up to hold all pixels.
    np.testing.assert_allclose(moved, np.subtract(whole.shape, part.shape)[::-1] / 2, atol=1.01)


@pytest.mark.parametrize("shape", [(70, 51), (7, 9)])
def test_position_without_a_reference_pixel_is_the_middle_of_a_shape(headers, shape):
    out = default_wcs(headers, crval=(150.001, 2.002), output_shape=shape)
    assert out.wcs.pixel_shape == shape
    middle = sky(out.wcs, *(np.array(shape) - 1) / 2)
    assert middle.separation(SkyCoord(150.001, 2.002, unit="deg")).arcsec < 1e-8
    # Alone it is the tangent point of a grid that holds all members.
    assert default_wcs(headers, crval=(150.001, 2.002)).shape == pytest.approx(default_wcs(headers).shape, abs=2)


def test_reference_pixel_that_leaves_nothing_is_refused(headers):
    with pytest.raises(InputError, match="is empty: check pixel_scale, crpix, crval"):
        default_wcs(headers, crpix=(-5000.0, 0.0))


def test_order_of_members_does_not_move_the_tangent_point(headers):
    one, other = default_wcs(headers), default_wcs(headers[::-1])
    assert one.shape == other.shape
    np.testing.assert_array_equal(one.wcs.forward_transform.crval.value, other.wcs.forward_transform.crval.value)


def test_same_footprint_twice_is_one(headers):
    assert default_wcs([headers[0]] * 3).shape == default_wcs(headers[:1]).shape


@pytest.mark.parametrize(
    "center", [(0.0, 10.0), (359.999, -45.0), (12.0, 90.0), (200.0, -90.0), (77.0, 89.995), (0.0, -89.999)]
)
def test_grids_across_ra_zero_and_the_poles(tmp_path, center):
    found = []
    for k, (dx, dy) in enumerate([(-40, 0), (40, 10), (0, 50)]):
        wcs = tangent_plane(center, (dx + 29.5, dy + 29.5), PIXEL_SCALE / 3600, [[-1, 0], [0, 1]], (60, 60))
        found.append(read_member_header(write_cal(tmp_path / f"{k}.asdf", (*center, 0.0), wcs=wcs), f"m{k}"))
    out = default_wcs(found)
    x, y = out.wcs.invert(*np.concatenate([header.corners for header in found]).T, with_bounding_box=False)
    assert np.ptp(x) <= out.shape[1] + 0.5
    assert np.ptp(y) <= out.shape[0] + 0.5
    # Three overlapping squares of 60 pixels, however the grid is turned.
    assert max(out.shape) < 60 * 1.5 + 80 + 60
    assert sky(out.wcs, *out.wcs.forward_transform.crpix.value).separation(SkyCoord(*center, unit="deg")).arcsec < 10


def test_far_member_is_refused_by_name(headers, tmp_path):
    stray = read_member_header(write_cal(tmp_path / "stray.asdf", (330.0, -2.0, 0.0)), "stray")
    for order in ([*headers, stray], [stray, *headers]):
        with pytest.raises(
            InputError, match=r"stray\.asdf: lies farthest .* 101 degrees from the mosaic's tangent point"
        ):
            default_wcs(order)


def test_tangent_point_far_from_all_members_is_refused(headers):
    with pytest.raises(InputError, match=r"the members reach .* from RA 330\.0000, Dec 5\.0000: check resample\.crval"):
        default_wcs(headers, crval=(330.0, 5.0))


def test_skycell_example(headers):
    out = skycell_wcs(headers, SKYCELL, "asn.json")
    assert out.shape == (5000, 5000)
    ra, dec = out.wcs([0, 2499.5], [0, 2499.5])
    np.testing.assert_allclose(ra, [230.272399, 228.366461], rtol=0, atol=1e-6)
    np.testing.assert_allclose(dec, [88.786567, 88.751376], rtol=0, atol=1e-6)
    np.testing.assert_allclose(out.wcs.invert(ra, dec), [[0, 2499.5], [0, 2499.5]], atol=1e-6)


def test_all_skycells_of_a_projection_region_have_one_ratio_and_one_lattice(headers):
    # Far from the tangent point, the square root of a pixel's area shrinks by cos(1.25 deg)**1.5, or 0.04 %; but errors
    # must not differ between neighbours.
    out = skycell_wcs(headers, SKYCELL, "asn.json")
    assert out.pixel_scale_ratio == pytest.approx(0.055 / PIXEL_SCALE, rel=1e-7)
    next_x = skycell_wcs(headers, SKYCELL | {"x0_projection": SKYCELL["x0_projection"] - 4900}, "asn.json")
    assert next_x.pixel_scale_ratio == out.pixel_scale_ratio
    assert np.subtract(next_x.origin, out.origin).tolist() == [4900, 0]
    ra, dec = out.wcs([10.0, 20.0], [30.0, 50.0])
    np.testing.assert_array_equal(*(cell.lattice.invert(ra, dec) for cell in (out, next_x)))
    np.testing.assert_allclose(
        np.subtract(out.lattice.invert(ra, dec), np.reshape(out.origin, (2, 1)))[0], [10, 20], atol=1e-6
    )


@pytest.fixture
def ratio_with_area(tmp_path):
    """Compute the ratio on a skycell of a member with pixels of 0.2 arcsec whose photometry states an area [sr]."""
    wcs = tangent_plane((10, 10), (30, 30), 0.2 / 3600, [[-1, 0], [0, 1]], (60, 60))

    def ratio(area):
        path = write_cal(tmp_path / "a_cal.asdf", (10, 10, 0), wcs=wcs, photometry={"pixel_area": area})
        return skycell_wcs([read_member_header(path, "a")], SKYCELL, "").pixel_scale_ratio

    return ratio


TRUE_AREA = np.radians(0.2 / 3600) ** 2


@pytest.mark.parametrize("area", [-999999, 0.0, None])
def test_ratio_takes_the_wcs_where_the_photometry_has_no_area(area, ratio_with_area, caplog):
    assert ratio_with_area(area) == pytest.approx(0.055 / 0.2, rel=1e-4)
    assert not caplog.messages


@pytest.mark.parametrize("factor", [0.93, 0.99, 1.06])
def test_ratio_takes_the_photometrys_area_where_distortion_explains_the_difference(factor, ratio_with_area, caplog):
    expected = 0.055 / (0.2 * np.sqrt(factor))
    assert ratio_with_area(factor * TRUE_AREA) == pytest.approx(expected, rel=1e-4)
    assert not caplog.messages


@pytest.mark.parametrize("area", [4 * TRUE_AREA, 0.25 * TRUE_AREA, 1.2 * TRUE_AREA, 0.04, 4e4, 1e-30])
def test_area_that_contradicts_the_wcs_is_named_and_not_used(area, ratio_with_area, caplog):
    assert ratio_with_area(area) == pytest.approx(0.055 / 0.2, rel=1e-4)
    (message,) = caplog.messages
    assert "a_cal.asdf: photometry.pixel_area is" in message
    for figure in (area, area / TRUE_AREA, TRUE_AREA):
        assert f" {figure:.4g} " in message


@pytest.mark.parametrize(
    "change",
    [
        {"nx": None},
        {"x0_projection": "left"},
        {"ny": -5},
        {"nx": np.nan},
        {"nx": 120.7},
        {"ny": 1},
        {"nx": 0},
        {"pixel_scale": 0.0},
        {"pixel_scale": -1.5e-5},
        {"pixel_scale": np.inf},
        {"dec_projection_center": 91.0},
        {"ra_projection_center": 1e4},
    ],
)
def test_skycell_that_lacks_a_number_is_refused(headers, change):
    with pytest.raises(InputError, match=r"asn\.json: skycell_wcs_info: .* is missing or no possible number"):
        skycell_wcs(headers, SKYCELL | change, "asn.json")
    with pytest.raises(InputError, match="'ny' is missing"):
        skycell_wcs(headers, {key: value for key, value in SKYCELL.items() if key != "ny"}, "asn.json")


@pytest.mark.parametrize(
    ("factor", "times"), [(3600, "1.8e+03"), (60, "30"), (1 / 3600, "0.000139"), (np.pi / 180, "0.00873")]
)
def test_skycell_in_other_units_than_degrees_is_refused(headers, factor, times):
    cell = SKYCELL | {"pixel_scale": factor * SKYCELL["pixel_scale"]}
    message = (
        rf"asn\.json: skycell_wcs_info: pixel_scale = .* pixels of {re.escape(times)} times .*m0\.asdf: .* degrees"
    )
    with pytest.raises(InputError, match=message):
        skycell_wcs(headers, cell, "asn.json")


def test_skycell_of_coarse_pixels_is_allowed(headers):
    coarse = SKYCELL | {"pixel_scale": 0.88 / 3600, "x0_projection": 50.0, "y0_projection": 50.0, "nx": 100, "ny": 100}
    assert skycell_wcs(headers, coarse, "").pixel_scale_ratio == pytest.approx(8, rel=1e-4)


def test_skycell_is_looked_up_in_a_tessellation(shared, headers):
    skymap = str(shared / "data" / "skymap_subset.asdf")
    with asdf.open(skymap, ignore_unrecognized_tag=True) as file:
        cells = np.array(file["roman"]["skycells"])
    for cell in (cells[1], cells[-2], cells[len(cells) // 3]):
        out = skycell_wcs(headers, find_skycell(str(cell["name"]), skymap), skymap)
        center = sky(out.wcs, (out.shape[1] - 1) / 2, (out.shape[0] - 1) / 2)
        corners = sky(out.wcs, np.array([-0.5, 4999.5, 4999.5, -0.5]), np.array([-0.5, -0.5, 4999.5, 4999.5]))
        tabulated = SkyCoord(
            [cell[f"ra_corn{k}"] for k in (1, 2, 3, 4)], [cell[f"dec_corn{k}"] for k in (1, 2, 3, 4)], unit="deg"
        )
        assert out.shape == (5000, 5000)
        assert center.separation(SkyCoord(cell["ra_center"], cell["dec_center"], unit="deg")).deg < 1e-6
        nearest = [corner.separation(tabulated).deg.min() for corner in corners]
        assert max(nearest) < 0.6 * 0.055 / 3600


def test_skycell_is_taken_from_the_description_or_by_name(shared):
    skymap = str(shared / "data" / "skymap_subset.asdf")
    assert skycell_of(SKYCELL, "135p90x25y50", skymap) is SKYCELL
    assert skycell_of(None, "135p90x25y50", skymap)["y0_projection"] == 122499.5
    assert skycell_of(None, "M31", skymap) is None
    assert skycell_of(None, None, None) is None
    with pytest.raises(InputError, match="has no projection region of skycell 999p90x25y50"):
        skycell_of(None, "999p90x25y50", skymap)
    with pytest.raises(InputError, match="has no skycell 135p90x99y50"):
        skycell_of(None, "135p90x99y50", skymap)
    # This piece of the sky ends with one skycell of a region that it leaves out.
    with pytest.raises(InputError, match="has no projection region of skycell 045p86x25y47"):
        skycell_of(None, "045p86x25y47", skymap)


def test_skycell_without_a_place_to_look_it_up_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"skycell 135p90x25y50: .* set 'skymap'"):
        find_skycell("135p90x25y50", None)
    with pytest.raises(InputError, match=r"none\.asdf: no such file"):
        find_skycell("135p90x25y50", str(tmp_path / "none.asdf"))


def write(path, tree):
    asdf.AsdfFile(tree).write_to(path)
    return str(path)


def test_grid_of_a_file(headers, tmp_path):
    wcs = tangent_plane((150, 2), (3, 4), 0.055 / 3600, [[-1, 0], [0, 1]], (80, 90))
    out = wcs_from_file(headers, write(tmp_path / "wcs.asdf", {"wcs": wcs}))
    assert out.shape == (80, 90)
    assert out.pixel_scale_ratio == pytest.approx(0.5, rel=1e-5)
    assert out.wcs(3, 4) == pytest.approx((150, 2))
    out = wcs_from_file(headers, tmp_path / "wcs.asdf", output_shape=(33, 44))
    assert out.shape == (44, 33)
    assert out.wcs.pixel_shape == (33, 44)


def test_grid_of_a_file_takes_its_shape_from_the_bounding_box(headers, tmp_path):
    wcs = detector_wcs((150, 2, 0), 1, (70, 90), with_inverse=True)
    assert wcs.pixel_shape is None
    out = wcs_from_file(headers, write(tmp_path / "wcs.asdf", {"wcs": wcs}))
    assert out.shape == (70, 90)


def test_grid_of_a_mosaic_is_the_mosaics_pixel_by_pixel(headers, finished_product):
    out = wcs_from_file(headers, finished_product.mosaic)
    with asdf.open(finished_product.mosaic) as file:
        meta, shape = file["roman"]["meta"], file["roman"]["data"].shape
        assert out.shape == shape
        assert out.wcs(7.0, 9.0) == meta["wcs"](7.0, 9.0)
        assert out.pixel_scale_ratio == pytest.approx(meta["resample"]["pixel_scale_ratio"], rel=1e-4)


def test_bad_files_of_grids_are_refused(headers, tmp_path):
    naked = tangent_plane((150, 2), (3, 4), 1e-5, np.eye(2))
    (tmp_path / "text.asdf").write_text("no ASDF")
    for path, message in (
        (tmp_path / "none.asdf", "no such file: check resample.output_wcs"),
        (tmp_path / "text.asdf", "cannot be read as ASDF"),
        (write(tmp_path / "empty.asdf", {"other": 1}), "has no 'wcs' at its top, nor is it a mosaic"),
        (write(tmp_path / "number.asdf", {"wcs": 1}), "its 'wcs' is no image WCS"),
        (write(tmp_path / "naked.asdf", {"wcs": naked}), r"its WCS has no size: set resample.output_shape"),
    ):
        with pytest.raises(InputError, match=message):
            wcs_from_file(headers, str(path))


def test_grid_of_a_file_needs_a_good_inverse(headers, tmp_path):
    path = write(tmp_path / "wcs.asdf", {"wcs": detector_wcs((150, 2, 0), 1, (70, 90))})
    with pytest.raises(InputError, match=r"wcs\.asdf: its WCS has no inverse, from the sky to pixels: .*: give it one"):
        wcs_from_file(headers, path)
    good = detector_wcs((150, 2, 0), 1, (70, 90), with_inverse=True)
    transform = good.forward_transform
    transform.inverse = good.backward_transform | models.Shift(0.5) & models.Shift(0)
    wrong = gwcs.WCS([(good.input_frame, transform), (good.output_frame, None)])
    path = write(tmp_path / "wrong.asdf", {"wcs": wrong})
    with pytest.raises(InputError, match=r"wrong\.asdf: the inverse of its WCS, .* is off by up to 0\.5 pixels"):
        wcs_from_file(headers, path, (90, 70))


@pytest.mark.filterwarnings("ignore::asdf.exceptions.AsdfConversionWarning")
def test_file_of_a_newer_schema_is_no_broken_one(headers, tmp_path):
    path = write(tmp_path / "wcs.asdf", {"wcs": detector_wcs((150, 2, 0), 1, (70, 90))})
    content = (tmp_path / "wcs.asdf").read_bytes()
    (tmp_path / "wcs.asdf").write_bytes(re.sub(rb"gwcs/wcs-[0-9.]+", b"gwcs/wcs-1.9.0", content))
    with pytest.raises(InputError, match=r"wcs\.asdf: was written with the newer schema wcs-1\.9\.0; .*upgrade gwcs"):
        wcs_from_file(headers, path)


@pytest.mark.parametrize("step", [1, 4])
def test_fits_says_the_same(headers, step):
    for out in (default_wcs(headers, rotation=17.0), skycell_wcs(headers, SKYCELL, "")):
        fits = fits_wcs(out.wcs, out.shape, step)
        x, y = np.random.default_rng(0).uniform(0, min(out.shape), (2, 50))
        # The middle of a box of 4 x 4 pixels is at 1.5.
        found = fits.pixel_to_world((x - (step - 1) / 2) / step, (y - (step - 1) / 2) / step)
        assert found.icrs.separation(sky(out.wcs, x, y)).arcsec.max() < 1e-7
