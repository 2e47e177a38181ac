"""member_header: what a grid needs to know of a member, and members that cannot be used."""

import numpy as np
import pytest
from astropy.modeling import models
from wfimosaic.errors import InputError
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs

from ..synthetic import write_cal

AREA = np.radians(PIXEL_SCALE / 3600) ** 2


def test_header_describes_the_member(tmp_path):
    pointing = (33.0, -20.0, 40.0)
    path = write_cal(tmp_path / "a.asdf", pointing, (80, 100), wcs=detector_wcs(pointing, 1, (80, 100), distortion=0))
    header = read_member_header(path, "a")
    assert header.shape == (80, 100)
    assert header.box == (-0.5, 99.5, -0.5, 79.5)
    assert header.pixel_scale * 3600 == pytest.approx(PIXEL_SCALE, rel=1e-6)
    assert (header.orientation, header.parity) == (40.0, -1)
    assert header.mean_area == pytest.approx(AREA, rel=1e-6)
    assert header.nominal_area == pytest.approx(AREA)
    assert header.optical_element == "F158"


def test_orientation_is_measured_where_the_metadata_lack_it(tmp_path):
    pointing = (33.0, -20.0, 40.0)
    unknown = {"roll_ref": -999999, "v3yangle": -999999}
    header = read_member_header(write_cal(tmp_path / "a.asdf", pointing, wcsinfo=unknown), "a")
    assert header.orientation == pytest.approx(40, abs=0.3)  # distortion turns a pixel a little
    assert header.parity == -1
    mirrored = tangent_plane((33, -20), (30, 30), PIXEL_SCALE / 3600, [[1, 0], [0, 1]], (60, 60))
    header = read_member_header(write_cal(tmp_path / "b.asdf", pointing, wcs=mirrored, wcsinfo=unknown), "b")
    assert (header.orientation + 180) % 360 == pytest.approx(180, abs=1e-6)
    assert header.parity == 1


@pytest.mark.parametrize("away", [-999999, 0.2, 170.0])
def test_wrong_reference_position_does_no_harm(tmp_path, away):
    position = {"ra_ref": away if away < 0 else 33.0 + away, "dec_ref": away if away < 0 else -20.0}
    header = read_member_header(write_cal(tmp_path / "a.asdf", (33.0, -20.0, 0.0), wcsinfo=position), "a")
    assert header.pixel_scale * 3600 == pytest.approx(PIXEL_SCALE, rel=0.05)
    assert np.ptp(header.corners[:, 1]) < 2 * 60 * PIXEL_SCALE / 3600


def test_bounding_box_smaller_than_the_image_counts(tmp_path):
    wcs = detector_wcs((33.0, -20.0, 0.0), 1, (60, 60), distortion=0)
    wcs.bounding_box = ((3.5, 55.5), (9.5, 49.5))
    header = read_member_header(write_cal(tmp_path / "a.asdf", (33.0, -20.0, 0.0), wcs=wcs), "a")
    assert header.box == (3.5, 55.5, 9.5, 49.5)
    dec = header.corners[:, 1] - header.corners[:, 1].min()
    assert dec.max() * 3600 == pytest.approx(40 * PIXEL_SCALE, rel=1e-4)
    assert header.mean_area == pytest.approx(AREA, rel=1e-6)


def test_exposure_is_named_by_association_then_metadata_then_the_member(tmp_path):
    plain = write_cal(tmp_path / "a.asdf", observation={"observation_id": "?"})
    observed = write_cal(tmp_path / "b.asdf", observation={"observation_id": "00001"})
    assert read_member_header(plain, "stem").group == "stem"
    assert read_member_header(observed, "stem").group == "00001"
    assert read_member_header(observed, "stem", group="mine").group == "mine"


def test_wcs_without_a_way_back_is_enough(tmp_path):
    headers = []
    for inverse in (False, True):
        wcs = detector_wcs((33.0, -20.0, 0.0), 1, (60, 60), with_inverse=inverse)
        headers.append(read_member_header(write_cal(tmp_path / "a.asdf", (33.0, -20.0, 0.0), wcs=wcs), "a"))
    np.testing.assert_array_equal(headers[0].sky, headers[1].sky)
    assert headers[0].pixel_scale == headers[1].pixel_scale


def rippled(period):
    """A WCS with ripples of a hundredth of a pixel."""
    wcs = detector_wcs((33.0, -20.0, 0.0), 1, (600, 600), distortion=0)
    ripple = models.Mapping((0, 1)) | (models.Sine1D(0.01, 1 / period) + models.Linear1D(1, 0)) & models.Identity(1)
    wcs.insert_transform("detector", ripple, after=True)
    return wcs


def test_ripples_get_more_nodes_or_are_refused(tmp_path):
    smooth = read_member_header(write_cal(tmp_path / "a.asdf", shape=(600, 600)), "a")
    assert smooth.sky.shape == (24, 24, 2)
    wavy = read_member_header(write_cal(tmp_path / "b.asdf", shape=(600, 600), wcs=rippled(70)), "b")
    assert wavy.sky.shape == (48, 48, 2)
    with pytest.raises(InputError, match=r"c\.asdf: its WCS is not smooth"):
        read_member_header(write_cal(tmp_path / "c.asdf", shape=(600, 600), wcs=rippled(5)), "c")


def test_positions_that_are_not_finite_are_refused(tmp_path):
    wcs = detector_wcs((33.0, -20.0, 0.0), 1, (60, 60))
    wcs.insert_transform("detector", models.Scale(np.nan) & models.Identity(1), after=True)
    with pytest.raises(InputError, match=r"a\.asdf: its WCS gives positions that are not finite"):
        read_member_header(write_cal(tmp_path / "a.asdf", wcs=wcs), "a")


@pytest.mark.parametrize(
    "box", [((-0.5, np.nan), (-0.5, 59.5)), ((70.5, 90.5), (-0.5, 59.5)), ((3.5, 3.5), (-0.5, 59.5))]
)
def test_bounding_boxes_without_pixels_are_refused(tmp_path, box):
    wcs = detector_wcs((33.0, -20.0, 0.0), 1, (60, 60))
    wcs.bounding_box = box
    with pytest.raises(InputError, match=r"a\.asdf: its WCS is valid only from x .*, of 60 x 60 pixels: assign it a"):
        read_member_header(write_cal(tmp_path / "a.asdf", wcs=wcs), "a")
