"""typical_pixels: noise and the level of empty sky of a member, whatever stars it shows."""

import numpy as np
import pytest
from wfimosaic.stars.typical_pixels import typical_pixels

from ..synthetic import write_image

GOOD_BITS = "~DO_NOT_USE+NON_SCIENCE"


@pytest.mark.parametrize("level", [0.0, 7.0])
def test_stars_hardly_raise_the_level_of_empty_sky(tmp_path, level):
    rng = np.random.default_rng(2)
    shape, noise = (1920, 500), 0.5
    data = 7 + noise * rng.standard_normal(shape)
    data[rng.random(shape) < 0.1] += 30
    dq = (rng.random(shape) < 0.2).astype(np.uint32)
    data[dq > 0] = -1e6
    variances = {"var_rnoise": np.full(shape, noise**2 / 2), "err": np.full(shape, noise)}
    path = write_image(tmp_path / "0.asdf", data.astype(np.float32), level, False, dq=dq, **variances)
    found = typical_pixels(path, GOOD_BITS)
    assert found.level == pytest.approx(7 - level, abs=0.2 * noise)
    assert found.variance == pytest.approx(noise**2, rel=0.01)
    assert found.read_noise == pytest.approx(noise**2 / 2, rel=0.01)


def test_nothing_is_typical_where_no_pixel_is_good(tmp_path):
    path = write_image(tmp_path / "0.asdf", np.ones((130, 5), np.float32), dq=np.ones((130, 5), np.uint32))
    found = typical_pixels(path, GOOD_BITS)
    assert np.isnan([found.variance, found.read_noise, found.level]).all()
