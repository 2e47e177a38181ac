"""noise_width: the noise of empty sky, against what the mosaic records of its drops."""

import numpy as np
import pytest
from wfimosaic.mosaic.mosaic_file import MosaicRecord, open_mosaic
from wfimosaic.noise.apertures import aperture_error, circle
from wfimosaic.report.empty_apertures import aperture_scatter
from wfimosaic.report.noise_width import SkyTile, empty, noise_samples, sky_tiles, width


def test_a_mosaic_of_simulated_noise_has_the_expected_width(finished_product):
    tiles = list(sky_tiles(finished_product.mosaic))
    sky = noise_samples(tiles)
    with open_mosaic(finished_product.mosaic) as roman:
        noise = MosaicRecord.of(roman["meta"]).noise
    assert sky.size > 50_000
    assert width(sky) == pytest.approx(noise["pixel_scatter"], rel=0.02)
    # Turned against each other the members' drops overlap a little less than the formula's 2/3.
    assert 0.63 < noise["pixel_scatter"] < 0.68
    # Errors are romancal's: right for large apertures.
    assert noise["aperture_factor"] == pytest.approx(1, abs=0.02)
    aperture = circle(1.8)
    expected = aperture_error(1.0, aperture, noise["pixel_scatter"], noise["kernel"]) / np.sqrt(np.sum(aperture**2))
    assert aperture_scatter(tiles, 1.8) == pytest.approx(expected, rel=0.06)


def test_apertures_on_independent_pixels_scatter_as_these():
    rng = np.random.default_rng(3)
    clean = np.ones((160, 160), bool)
    clean[:, 100:] = False
    err = rng.uniform(1, 2, (160, 160)).astype(np.float32)
    data = (err * rng.standard_normal((160, 160))).astype(np.float32)
    data[~clean] = np.nan
    tiles = [SkyTile(data, err, clean)]
    for radius in (0.4, 3.0):
        assert aperture_scatter(tiles, radius) == pytest.approx(1, abs=0.15)
    assert np.isnan(aperture_scatter(tiles, 60)) and np.isnan(aperture_scatter([], 3.0))


@pytest.mark.parametrize("tail", [0, 300])
def test_width_does_not_follow_what_lies_above(tail):
    rng = np.random.default_rng(5)
    noise = rng.standard_normal(200_000)
    noise[:tail] += rng.uniform(5, 100, tail)
    noise[:20] = -50
    assert width(noise) == pytest.approx(1, rel=0.01)


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
