"""noise_width: the noise of empty sky, against what noise alone does."""

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.report.noise_width import drizzled_noise, empty, noise_samples, width

from ..synthetic import plane_member, whole


def correlated_noise(pixfrac, ratio):
    """Width for square drops and many dithers: Fruchter & Hook 2002, equations 9 and 10."""
    r = pixfrac / ratio
    return 1 / (r / (1 - 1 / (3 * r)) if r >= 1 else 1 / (1 - r / 3))


@pytest.mark.parametrize(("pixfrac", "ratio"), [(1, 1), (1, 0.5), (0.8, 0.5), (0.5, 1), (1, 2)])
def test_expected_width_is_that_of_the_formula(pixfrac, ratio):
    # Dithers that fill an output pixel evenly.
    steps = (np.arange(8) + 0.5) / 8
    shape = (int(320 * ratio), int(320 * ratio))
    members = [plane_member(shape, (150 + x, 150 + y), 1 / ratio) for x in steps for y in steps]
    noise = drizzled_noise(members, whole((300, 300)), Drop("square", pixfrac, ratio))
    assert np.std(noise[10:-10, 10:-10]) == pytest.approx(correlated_noise(pixfrac, ratio), rel=0.015)


def test_points_are_not_correlated():
    rng = np.random.default_rng(6)
    members = [plane_member((140, 140), center) for center in 60 + rng.uniform(-1, 1, (20, 2))]
    noise = drizzled_noise(members, whole((120, 120)), Drop("point", 1.0, 1.0))
    assert width(noise[np.isfinite(noise)]) == pytest.approx(1, rel=0.03)


def test_a_mosaic_of_simulated_noise_has_the_expected_width(finished_product):
    sky, noise = noise_samples(finished_product.mosaic, finished_product.grid)
    assert sky.size > 50_000
    assert width(sky) == pytest.approx(width(noise), rel=0.03)
    # Turned against each other the members' drops overlap a little less than the formula's 2/3.
    assert 0.63 < width(noise) < 0.68


def test_sources_are_not_empty_sky():
    rng = np.random.default_rng(7)
    image = rng.standard_normal((200, 200)).astype(np.float32)
    image[:20] = np.nan
    kept = empty(image)
    assert kept[20:].mean() > 0.9 and not kept[:20].any()
    assert width(image[kept]) == pytest.approx(1, rel=0.02)
    image[100:104, 100:104] += 20
    kept = empty(image)
    assert not kept[96:108, 96:108].any() and kept[20:].mean() > 0.85
    assert np.isnan(width(image[:20][kept[:20]]))
