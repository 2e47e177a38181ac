"""cutout_wcs: a pixel of a cutout lies where it lay in the whole image."""

import numpy as np
import pytest
from wfimosaic.grid.cutout_wcs import cutout_wcs
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.simulation.focal_plane import detector_wcs

TANGENT_PLANE = tangent_plane((270, 66), (200, 250), 0.11 / 3600, [[-0.6, 0.8], [0.8, 0.6]], (400, 500))
DISTORTED = detector_wcs((270, 66, 20), 1, (400, 500))


@pytest.mark.parametrize("wcs", [TANGENT_PLANE, DISTORTED])
def test_wcs_of_any_form_is_shifted(wcs):
    cutout = cutout_wcs(wcs, 30, 40, (100, 120))
    np.testing.assert_allclose(cutout(5, 6), wcs(35, 46), rtol=0, atol=1e-12)
    assert cutout.pixel_shape == (120, 100)
    assert np.isfinite(cutout(119, 99)).all() and np.isnan(cutout(120, 99)).all()
    assert hasattr(cutout.forward_transform, "crpix") == hasattr(wcs.forward_transform, "crpix")
