"""Weights that a pixel's value has no part in: the sky and the stars are the same at every depth.

Files whose variances follow the value by various laws, through all steps that weights depend on, beside equal weights.
"""

import numpy as np
import pytest
from wfimosaic.simulation.simulate_members import CONVERSION
from wfimosaic.workflow.settings import complete

from ..ramp_variances import EXPLICIT, READ_NOISE, SKY, exposure, fluxes, make_mosaics, star_field

DEFAULT = complete({"associations": ["asn.json"]})["resample"]["weight_type"]
DITHERS = ((0, 0), (3.5, 2.0), (-2.25, 4.5), (5.0, -3.5))
# The first as romanisim has it.
AT_THE_SKY = {
    "1.38 above": lambda value: np.where(value > SKY, 1.38, 1),
    "10 above": lambda value: np.where(value > SKY, 10, 1),
    "smooth": lambda value: 1 + np.clip(value, 0, None) ** 2,
}
IN_STARS = {
    "1.38": lambda value: np.where(value > 50, 1.38, 1),
    "3": lambda value: np.where(value > 50, 3, 1),
    "10": lambda value: np.where(value > 50, 10, 1),
    "smooth": lambda value: 1 + 9 * np.clip(value, 0, None) / (np.clip(value, 0, None) + 50),
}


@pytest.mark.parametrize(("law", "tag"), [*((law, EXPLICIT) for law in AT_THE_SKY), ("1.38 above", None)])
def test_the_sky_is_the_same_at_every_depth(tmp_path, law, tag):
    dithers = ((0, 0), (60.3, 11.7), (-9.8, 70.4), (-50.6, -40.2))
    models = [exposure(k, dither, (256, 256), law=AT_THE_SKY[law], tag=tag) for k, dither in enumerate(dithers)]
    ours, equal, by_pixel = make_mosaics(tmp_path, models, [DEFAULT, "none", "ivm"])
    depths = [ours["depth"] == depth for depth in (1, 2, 3, 4)]

    def offset(mosaic, there):
        return np.mean((mosaic["data"] - equal["data"])[there]) / np.median(ours["err"][there])

    assert min(there.sum() for there in depths) > 5000
    assert [offset(ours, there) for there in depths] == pytest.approx([0] * 4, abs=0.002)
    assert offset(by_pixel, depths[3]) < -0.02, "the images do not show what they are made for"
    # Nine pixels of the mosaic share the noise of one.
    error = np.median(ours["err"][depths[3]]) / np.sqrt(depths[3].sum() / 9)
    assert np.mean(ours["data"][depths[3]]) == pytest.approx(SKY * CONVERSION, abs=3 * error)


@pytest.mark.parametrize(("law", "fwhm"), [("1.38", 1.3), ("3", 1.3), ("10", 1.3), ("smooth", 1.3), ("10", 1.8)])
def test_stars_keep_their_flux(tmp_path, law, fwhm):
    """In F106 the PSF is 1.3 pixels wide, in F213 1.8."""
    stars = star_field(600)
    models = [
        exposure(k, dither, (130, 130), stars, IN_STARS[law], noise=False, fwhm=fwhm)
        for k, dither in enumerate(DITHERS)
    ]
    mosaics = make_mosaics(tmp_path, models, [DEFAULT, "none", "ivm"])
    ours, equal, by_pixel = (fluxes(mosaic, stars) for mosaic in mosaics)
    np.testing.assert_allclose(ours, equal, rtol=1e-3)
    assert np.mean(ours) == pytest.approx(1, abs=0.01)
    assert np.mean(by_pixel / equal) < 0.97, "the images do not show what they are made for"


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """The mosaic of detectors with 1, 2, 4 and 2 times the read noise, and the variance of each [(MJy/sr)^2]."""
    dithers, noise = ((0, 0), (70.3, 51.7), (-49.8, 80.4), (-40.6, -70.2)), (1, 2, 4, 2)
    models = [
        exposure(k, dither, (300, 300), read_noise=READ_NOISE * factor**2)
        for k, (dither, factor) in enumerate(zip(dithers, noise, strict=True))
    ]
    variances = [CONVERSION**2 * float((model["err"].astype(float) ** 2).mean()) for model in models]
    # Turned against all members, so that drizzling correlates the noise of each in the same way.
    return make_mosaics(tmp_path_factory.mktemp("blank"), models, [DEFAULT], rotation=27.0)[0], np.array(variances)


def test_noise_is_that_of_optimal_weights(blank):
    mosaic, variances = blank
    sets = [number for number in range(1, 16) if (mosaic["context"] == number).sum() > 100]
    assert 15 in sets and len(sets) > 10
    for number in sets:
        members = [bool(number >> k & 1) for k in range(4)]
        best = 1 / np.sqrt((1 / variances[members]).sum())
        assert np.median(mosaic["err"][mosaic["context"] == number]) == pytest.approx(best, rel=0.005)


def test_errors_are_those_of_the_weights(blank):
    mosaic, _ = blank
    deviation = (mosaic["data"] - SKY * CONVERSION) / mosaic["err"]
    width = [np.std(deviation[mosaic["depth"] == depth]) for depth in (1, 2, 3, 4)]
    np.testing.assert_allclose(width, width[0], rtol=0.02)


def test_a_few_damaged_variances_decide_nothing(tmp_path, caplog):
    blob = (slice(100, 104), slice(100, 105))
    models = [exposure(k, (0.3 * k, 0.2 * k), (200, 200)) for k in range(4)]
    models[1]["data"][blob] += 3 * models[1]["err"][blob]
    (expected,) = make_mosaics(tmp_path, models, [DEFAULT])
    models[1]["var_rnoise"][blob] *= 1e-4
    models[1]["err"][blob] = np.sqrt(models[1]["var_rnoise"][blob] + models[1]["var_poisson"][blob])
    (tmp_path / "damaged").mkdir()
    (ours,) = make_mosaics(tmp_path / "damaged", models, [DEFAULT])
    assert "m1_cal.asdf: 20 pixels have a var_rnoise far below the detector's" in caplog.text
    np.testing.assert_allclose(ours["data"], expected["data"], rtol=2e-3)
    np.testing.assert_allclose(ours["weight"], expected["weight"], rtol=2e-3)


def test_no_pixel_of_a_core_decides_where_half_precision_loses_the_read_noise(tmp_path):
    models = [exposure(k, dither, (130, 130), star_field(5000), tag=None) for k, dither in enumerate(DITHERS)]
    (ours,) = make_mosaics(tmp_path, models, [DEFAULT])
    # All four lie here.
    inside = (slice(16, -16), slice(16, -16))
    assert np.isfinite(ours["data"][inside]).all()
    np.testing.assert_allclose(ours["weight"][inside], np.median(ours["weight"][inside]), rtol=0.02)
