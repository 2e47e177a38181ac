"""grid: which grid is taken, what is refused, and what the grid files contain."""

import logging

import asdf
import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.files.plain_asdf import plain_asdf
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.grid.grid import read_grid, read_headers
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.grid.tangent_plane import tangent_plane

from ..synthetic import define, write_cal
from .test_output_wcs import SKYCELL


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Three overlapping members."""
    folder = tmp_path_factory.mktemp("members")
    return [write_cal(folder / f"m{k}.asdf", (40.0, k * 1e-3, 10.0 * k)) for k in range(3)]


@pytest.fixture(scope="module")
def outlier_grid(members, tmp_path_factory):
    return define(tmp_path_factory.mktemp("grid") / "grid.asdf", members)


@pytest.fixture(scope="module")
def wcs_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("wcs") / "wcs.asdf"
    wcs = tangent_plane((40.0, 0.0), (40, 50), 0.055 / 3600, [[-1, 0], [0, 1]], (110, 90))
    asdf.AsdfFile({"wcs": wcs}).write_to(path)
    return str(path)


def mosaic(outlier_grid, tmp_path, **settings):
    define_mosaic_grid(outlier_grid, tmp_path / "mosaic.asdf", **settings)
    return read_grid(tmp_path / "mosaic.asdf")


def crval(grid):
    return grid.wcs.forward_transform.crval.value.tolist()


def test_grid_file_contains_the_members(members, outlier_grid):
    grid = read_grid(outlier_grid)
    assert [member.stem for member in grid.members] == ["m0", "m1", "m2"]
    assert [member.path for member in grid.members] == members
    assert [member.shape for member in grid.members] == [(60, 60)] * 3
    assert grid.members[0].box == (-0.5, 59.5, -0.5, 59.5)
    assert grid.groups() == {"m0": [0], "m1": [1], "m2": [2]}
    assert grid.pixel_scale_ratio == 1
    for member in grid.members:
        x, y = member.outline(5).T
        assert -0.01 <= x.min() < x.max() <= grid.shape[1] + 0.5
        assert -0.01 <= y.min() < y.max() <= grid.shape[0] + 0.5


def test_mosaic_grid_is_the_outlier_grid_by_default(outlier_grid, tmp_path):
    one, other = read_grid(outlier_grid), mosaic(outlier_grid, tmp_path)
    assert other.shape == one.shape
    for a, b in zip(one.members, other.members, strict=True):
        np.testing.assert_array_equal(a.coefficients, b.coefficients)


def test_headers_are_read_as_they_were_written(members, outlier_grid):
    for k, (path, found) in enumerate(zip(members, read_headers(outlier_grid), strict=True)):
        for name, value in vars(read_member_header(path, f"m{k}")).items():
            np.testing.assert_array_equal(getattr(found, name), value)


def test_pixel_area_that_one_member_lacks(members, tmp_path):
    unknown = write_cal(tmp_path / "unknown.asdf", photometry={"pixel_area": -999999})
    headers = read_headers(define(tmp_path / "grid.asdf", [members[0], unknown]))
    assert [header.nominal_area for header in headers] == [read_member_header(members[0], "m0").nominal_area, None]


def test_stored_wcs_is_the_files(outlier_grid, tmp_path):
    grid = read_grid(outlier_grid)
    with plain_asdf():
        asdf.AsdfFile({"wcs": grid.stored_wcs()}).write_to(tmp_path / "copy.asdf")
    with asdf.open(tmp_path / "copy.asdf") as file:
        assert file["wcs"](3.0, 4.0) == grid.wcs(3.0, 4.0) and file["wcs"].pixel_shape == grid.wcs.pixel_shape


def test_two_workers_define_the_same_grid(members, outlier_grid, tmp_path):
    one, other = read_grid(outlier_grid), read_grid(define(tmp_path / "grid.asdf", members, workers=2))
    np.testing.assert_array_equal(one.members[2].coefficients, other.members[2].coefficients)


def test_file_takes_precedence_over_skycell_over_default(outlier_grid, wcs_file, tmp_path):
    assert mosaic(
        outlier_grid, tmp_path, skycell=SKYCELL | {"dec_projection_center": 0.0}, output_wcs=wcs_file
    ).shape == (110, 90)
    cell = SKYCELL | {
        "ra_projection_center": 40.0,
        "dec_projection_center": 0.0,
        "x0_projection": 100.0,
        "y0_projection": 100.0,
    }
    assert mosaic(outlier_grid, tmp_path, skycell=cell).shape == (5000, 5000)
    default = mosaic(outlier_grid, tmp_path, skycell=cell, resample_on_skycell=False)
    assert default.shape == read_grid(outlier_grid).shape


def test_outlier_grid_is_the_skycells_unless_told_otherwise(members, tmp_path):
    cell = SKYCELL | {
        "ra_projection_center": 40.0,
        "dec_projection_center": 0.0,
        "x0_projection": 100.0,
        "y0_projection": 100.0,
    }
    romancal = read_grid(define(tmp_path / "a.asdf", members, skycell=cell, method="romancal"))
    assert romancal.shape == (5000, 5000)
    # 16 pixels of 0.108" more on each side.
    wider = read_grid(define(tmp_path / "a.asdf", members, skycell=cell))
    assert wider.shape == (5066, 5066)
    places = [[member.positions([3.0], [4.0]) for member in grid.members] for grid in (wider, romancal)]
    np.testing.assert_array_equal(places[0], np.add(places[1], 33))
    free = read_grid(define(tmp_path / "b.asdf", members, skycell=cell, resample_on_skycell=False))
    assert max(free.shape) < 200


def test_grid_records_the_skycell_that_it_is(members, outlier_grid, wcs_file, tmp_path):
    cell = SKYCELL | {
        "ra_projection_center": 40.0,
        "dec_projection_center": 0.0,
        "x0_projection": 100.0,
        "y0_projection": 100.0,
    }
    # The association's target may be nothing, or another skycell.
    for target in (None, "M31", "045p86x47y51"):
        assert mosaic(outlier_grid, tmp_path, skycell=cell, target=target).skycell == "225p90x49y67"
        assert mosaic(outlier_grid, tmp_path, skycell=cell, target=target, output_wcs=wcs_file).skycell is None
        assert mosaic(outlier_grid, tmp_path, skycell=cell, target=target, resample_on_skycell=False).skycell is None
    assert read_grid(define(tmp_path / "a.asdf", members, skycell=cell)).skycell == "225p90x49y67"
    nameless = cell | {"name": None}
    assert mosaic(outlier_grid, tmp_path, skycell=nameless).skycell is None
    assert mosaic(outlier_grid, tmp_path, skycell=nameless, target="225p90x49y67").skycell == "225p90x49y67"
    assert mosaic(outlier_grid, tmp_path, target="M31").skycell is None


def test_settings_that_a_given_grid_overrules_are_warned_of(outlier_grid, wcs_file, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        grid = mosaic(outlier_grid, tmp_path, output_wcs=wcs_file, rotation=0.0, pixel_scale=0.3, pixel_scale_ratio=1.0)
    assert [message.split()[0] for message in caplog.messages] == ["resample.rotation", "resample.pixel_scale"]
    assert grid.pixel_scale_ratio == pytest.approx(0.5, rel=0.01)


def test_settings_reach_the_default_grid(outlier_grid, tmp_path):
    grid = mosaic(outlier_grid, tmp_path, crval=(40.001, 0.002), output_shape=(70, 80), pixel_scale_ratio=2.0)
    assert crval(grid) == [40.001, 0.002]
    assert (grid.shape, grid.pixel_scale_ratio) == ((80, 70), 2.0)


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"output_shape": (70, 80), "crval": (40.1, 0.0)}, "resample.output_shape and resample.crval"),
        ({"output_shape": (70, 80), "crpix": (-900.0, 0.0)}, "resample.output_shape and resample.crpix"),
        ({"output_wcs": True}, "resample.output_wcs"),
    ],
)
def test_grid_without_members_is_refused_with_the_settings_that_make_it(outlier_grid, tmp_path, settings, cause):
    if "output_wcs" in settings:
        settings = {"output_wcs": str(tmp_path / "wcs.asdf")}
        wcs = tangent_plane((40.1, 0.0), (40, 50), 0.11 / 3600, [[-1, 0], [0, 1]], (110, 90))
        asdf.AsdfFile({"wcs": wcs}).write_to(settings["output_wcs"])
    with pytest.raises(InputError, match=rf"no member lies on the grid of .* around RA 40\.\d+, .*check {cause}$"):
        mosaic(outlier_grid, tmp_path, **settings)


def test_giants_are_refused_with_the_member_that_makes_them(members, tmp_path):
    stray = write_cal(tmp_path / "stray.asdf", (41.0, 0.5, 0.0))
    grid = define(tmp_path / "grid.asdf", [*members, stray])
    with pytest.raises(InputError, match=r"gigapixels: .*stray\.asdf lies farthest from the others \(1\.12 degrees\)"):
        mosaic(grid, tmp_path, max_pixels=100_000_000)
    assert not (tmp_path / "mosaic.asdf").exists()
    assert mosaic(grid, tmp_path, max_pixels=None).shape > (10_000, 10_000)


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"pixel_scale": 0.001}, "resample.pixel_scale"),
        ({"output_shape": (10_000, 20_000), "rotation": 3.0}, "resample.output_shape and resample.rotation"),
        ({"output_wcs": True, "output_shape": (30_000, 30_000)}, "resample.output_shape"),
        ({"output_wcs": True, "max_pixels": 4}, "resample.output_wcs"),
        ({"skycell": SKYCELL, "max_pixels": 4}, "the skycell"),
    ],
)
def test_giants_are_refused_with_the_settings_that_make_them(outlier_grid, wcs_file, tmp_path, settings, cause):
    if "output_wcs" in settings:
        settings = settings | {"output_wcs": wcs_file}
    with pytest.raises(InputError, match=f"gigapixels because of {cause}: change that, or raise resample.max_pixels"):
        mosaic(outlier_grid, tmp_path, **{"max_pixels": 100_000_000, **settings})


def test_member_on_the_other_side_of_the_sky_is_refused_on_a_given_grid(members, wcs_file, tmp_path):
    far = write_cal(tmp_path / "far.asdf", (220.0, 0.0, 0.0))
    cell = SKYCELL | {"ra_projection_center": 40.0, "dec_projection_center": 0.0}
    with pytest.raises(InputError, match=r"far\.asdf: does not lie on the output grid's side of the sky"):
        define(tmp_path / "grid.asdf", [members[0], far], skycell=cell)


def test_filters_are_not_mixed(members, tmp_path):
    other = write_cal(tmp_path / "other.asdf", instrument={"optical_element": "F129"})
    with pytest.raises(InputError, match=r"different filters: F158 .*m0\.asdf\), F129 .*other\.asdf"):
        define(tmp_path / "grid.asdf", [members[0], other])


def test_members_of_an_exposure_keep_the_associations_group(members, tmp_path):
    triples = [(members[0], "a", "g"), (members[1], "b", None), (members[2], "c", "g")]
    define_grid(triples, tmp_path / "grid.asdf")
    assert read_grid(tmp_path / "grid.asdf").groups() == {"g": [0, 2], "b": [1]}


def test_members_that_copied_metadata_make_one_exposure_are_parted(members, tmp_path, caplog):
    def observed(name, number, detector):
        observation = {"observation_id": number}
        return write_cal(tmp_path / name, observation=observation, instrument={"detector": detector})

    good = [observed(f"{detector}.asdf", "00001", detector) for detector in ("WFI01", "WFI02")]
    copies = [observed(f"copy{k}.asdf", "00002", "WFI01") for k in range(2)]
    with caplog.at_level(logging.WARNING):
        grid = read_grid(define(tmp_path / "grid.asdf", [*good, *copies]))
    assert grid.groups() == {"00001": [0, 1], "m2": [2], "m3": [3]}
    (message,) = caplog.messages
    assert "2 members have the exposure 00002" in message and copies[0] in message and "WFI01" in message
    # What the association says is not questioned.
    define_grid([(path, path, "g") for path in copies], tmp_path / "told.asdf")
    assert read_grid(tmp_path / "told.asdf").groups() == {"g": [0, 1]}


def test_real_simulator_files_give_romancals_grid(shared, tmp_path):
    paths = sorted((shared / "data" / "romanisim_f158").glob("*_cal.asdf"))
    grid = read_grid(define(tmp_path / "grid.asdf", paths))
    # What romancal 1.1.0 makes of them.
    assert grid.shape == (2182, 1946)


SMALL_CELL = SKYCELL | {
    "ra_projection_center": 40.0,
    "dec_projection_center": 0.0,
    "orientat_projection_center": 0.0,
    "nx": 3000,
    "ny": 3000,
}


@pytest.mark.parametrize("x0", [1500.0, -50.0, 2990.0])
def test_grid_that_members_hardly_touch_is_named(x0, members, outlier_grid, tmp_path, caplog):
    # Members of 120 pixels in a grid of 3000, or with a corner in it.
    cell = SMALL_CELL | {"x0_projection": x0, "y0_projection": 1500.0}
    define(tmp_path / "grid.asdf", members, skycell=cell)
    mosaic(outlier_grid, tmp_path, skycell=cell)
    text = [message for message in caplog.messages if "of the grid of 3000 x 3000 pixels" in message]
    assert len(text) == 2 and text[0] == text[1]
    assert "check the skycell" in text[0]
    define(
        tmp_path / "grid.asdf",
        members,
        skycell=cell | {"nx": 300, "ny": 300, "x0_projection": 150, "y0_projection": 150},
    )
    assert len([message for message in caplog.messages if "of the grid" in message]) == 2


def test_share_of_a_grid_that_members_cover_is_stated(members, tmp_path, caplog):
    # One member of 60 pixels of 0.11 arcsec is one of 120 pixels of the skycell.
    define(
        tmp_path / "grid.asdf",
        [members[0]] * 5,
        skycell=SMALL_CELL | {"x0_projection": 1500.0, "y0_projection": 1500.0},
    )
    (message,) = (message for message in caplog.messages if "the members cover" in message)
    assert "cover 0.16 % of the grid" in message and "about 1.44e+04 pixels" in message
