"""The noise of empty sky and the steps between members, against what noise alone does."""

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.report.noise_width import drizzled_noise, empty, noise_samples, width
from wfimosaic.sky.seams import measure_seams, statistic_error
from wfimosaic.sky.sky_levels import Overlap, match_levels

from ..synthetic import plane_member, whole

MEAN = {"skystat": "mean", "nclip": 0, "lsigma": 4.0, "usigma": 4.0, "binwidth": 0.1}


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


def test_error_of_a_mean_and_of_a_median():
    counts = np.array([[100, 3000], [100_000, 16_000_000]])
    np.testing.assert_allclose(statistic_error(counts, "mean"), 1 / np.sqrt(counts), rtol=0.3)
    np.testing.assert_allclose(statistic_error(counts, "median"), 1.2533 / np.sqrt(counts), rtol=0.3)


def sky_record(rng, noise=0.1, smallest=10_000, largest=10_000, count=30):
    """What match_sky would write of members with known levels and noise, overlapping their six next ones."""
    true = rng.uniform(0, 1, count)
    overlaps = []
    for i in range(count):
        for j in range(i + 1, min(i + 7, count)):
            pixels = int(np.exp(rng.uniform(*np.log([smallest, largest]))))
            a, b = true[[i, j]] + rng.normal(0, noise / np.sqrt(pixels), 2)
            overlaps.append(Overlap(i, j, a, b, pixels, pixels))
    levels, _ = match_levels(count, overlaps)
    return {
        "method": "match",
        "levels": {f"m{k}": {"level": level, "status": "COMPLETE"} for k, level in enumerate(levels)},
        "overlaps": [
            {
                "i": o.i,
                "j": o.j,
                "sky_i": o.sky_i,
                "sky_j": o.sky_j,
                "count_i": o.count_i,
                "count_j": o.count_j,
                "noise": [noise, noise],
            }
            for o in overlaps
        ],
    }


@pytest.mark.parametrize("smallest", [100, 10_000])
def test_steps_of_pure_noise_scatter_as_expected(smallest):
    rng = np.random.default_rng(8)
    found = [measure_seams(sky_record(rng, smallest=smallest), MEAN) for _ in range(8)]
    ratios = [np.sqrt(np.mean((seams.after / seams.error) ** 2)) for seams in found]
    # The error of a mean is simulated to a tenth.
    assert np.mean(ratios) == pytest.approx(np.mean([seams.expected for seams in found]), rel=0.1)
    assert np.abs(found[0].before).max() > 20 * np.abs(found[0].after).max()


def test_equal_overlaps_leave_what_their_number_says():
    # 159 overlaps less 29 free levels.
    found = measure_seams(sky_record(np.random.default_rng(8)), MEAN)
    assert found.expected == pytest.approx(np.sqrt(1 - 29 / 159), rel=0.03)


def test_levels_of_whole_members_take_nothing_off():
    record = sky_record(np.random.default_rng(8)) | {"method": "local"}
    assert measure_seams(record, MEAN).expected == 1


def test_a_member_with_a_gradient_stands_out():
    record = sky_record(np.random.default_rng(9))
    for overlap in record["overlaps"]:
        if overlap["i"] == 12:
            overlap["sky_i"] += 0.02
    found = measure_seams(record, MEAN)
    step = np.abs(found.after / found.error)
    assert step[found.pairs[:, 0] == 12].min() > 10 and np.median(step) < 1.5


def test_nothing_to_compare():
    record = {"method": "match", "levels": {"a": {"level": 0.0, "status": "SKIPPED"}}, "overlaps": []}
    found = measure_seams(record, MEAN)
    assert found.pairs.shape == (0, 2) and found.after.size == 0 and found.expected == 0
