"""stored_plane: a tangent plane read without gwcs is the same one."""

import asdf
import numpy as np
import pytest
from wfimosaic.files.plain_asdf import plain_asdf
from wfimosaic.grid.cutout_wcs import cutout_wcs
from wfimosaic.grid.stored_plane import stored_plane
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.simulation.focal_plane import detector_wcs


def stored(wcs, path):
    asdf.AsdfFile({"wcs": wcs}).write_to(path)
    with plain_asdf(), asdf.open(path) as file:
        return stored_plane(file["wcs"])


@pytest.mark.parametrize("crval", [(270.0, 66.0), (0.001, -5.0), (12.0, 90.0)])
def test_positions_are_those_of_the_wcs(tmp_path, crval):
    cos, sin = np.cos(0.4), np.sin(0.4)
    wcs = tangent_plane(crval, (70.5, -900.25), 1.5e-5, [[-cos, sin], [sin, cos]], (300, 200))
    x, y = np.array([0.0, 199, 20.5]), np.array([0.0, 7, 280])
    plane = stored(wcs, tmp_path / "wcs.asdf")
    ra, dec = wcs(x, y, with_bounding_box=False)
    assert np.allclose(plane.to_sky(x, y), (ra, dec), rtol=0, atol=1e-11)
    assert np.allclose(plane.to_pixel(ra, dec), (x, y), rtol=0, atol=1e-7)


def test_the_other_half_of_the_sky_has_no_pixel(tmp_path):
    plane = stored(tangent_plane((10, 20), (0, 0), 1e-5, np.eye(2)), tmp_path / "wcs.asdf")
    assert np.isnan(plane.to_pixel(190, -20)).all()


def test_other_wcs_are_left_to_gwcs(tmp_path):
    wcs = detector_wcs((10.0, 20.0, 0.0), 1, (50, 50))
    assert stored(wcs, tmp_path / "wcs.asdf") is None
    assert stored(cutout_wcs(wcs, 3, 4, (9, 9)), tmp_path / "cutout.asdf") is None
