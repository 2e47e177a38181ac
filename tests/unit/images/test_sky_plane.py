"""sky_plane: the sky of parts and of pixels is that of the whole image."""

import numpy as np
import pytest
from wfimosaic.images.sky_plane import SkyPlane, relative_place


def test_level_alone_is_a_number():
    sky = SkyPlane.of({"level": 0.3, "method": "match", "subtracted": False}, (4, 8))
    assert sky.over(slice(0, 4), slice(2, 5)) == sky.at(3, 7) == np.float32(0.3)
    assert SkyPlane.of(None, (4, 8)).at(0, 0) == 0


def test_gradient_goes_from_edge_to_edge():
    sky = SkyPlane.of({"level": 1.0, "slope": [0.5, -0.25]}, (4, 8))
    # The middle of the first column is half a pixel, a sixteenth of the width, from the edge.
    whole = sky.over(slice(None), slice(None))
    assert whole.shape == (4, 8) and whole.dtype == np.float32
    assert whole.mean() == pytest.approx(1)
    assert whole[0, 0] == pytest.approx(1 - 0.5 * 7 / 8 + 0.25 * 3 / 4)
    assert np.diff(whole, axis=1) == pytest.approx(2 * 0.5 / 8)
    assert np.diff(whole, axis=0) == pytest.approx(-2 * 0.25 / 4)


def test_a_pixel_has_the_same_sky_in_every_part():
    sky = SkyPlane((50, 60), 0.3, (1e-3, 2e-3))
    whole = sky.over(slice(None), slice(None))
    np.testing.assert_array_equal(sky.over(slice(7, 31), slice(40, 60)), whole[7:31, 40:60])
    rows, columns = np.array([[3, 49], [0, 12]]), np.array([[59, 0], [17, 33]])
    np.testing.assert_array_equal(sky.at(rows, columns), whole[rows, columns])


def test_places_of_edges():
    assert relative_place((4, 8), -0.5, -0.5) == (-1, -1)
    assert relative_place((4, 8), 7.5, 3.5) == (1, 1)
