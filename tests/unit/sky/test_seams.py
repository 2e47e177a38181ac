"""seams: steps between members, against what noise alone leaves of them."""

from dataclasses import replace

import numpy as np
import pytest
from wfimosaic.sky.seams import measure_seams, statistic_error
from wfimosaic.sky.sky_levels import match_levels
from wfimosaic.sky.sky_record import Overlap, SkyLevel, SkyRecord

MEAN = {"skystat": "mean", "nclip": 0, "lsigma": 4.0, "usigma": 4.0, "binwidth": 0.1}


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
            overlaps.append(Overlap(i, j, a, b, pixels, pixels, noise, noise))
    levels, _ = match_levels(count, overlaps)
    return SkyRecord(
        "match", {f"m{k}": SkyLevel("", level, "COMPLETE") for k, level in enumerate(levels)}, overlaps, {}
    )


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
    record = replace(sky_record(np.random.default_rng(8)), method="local")
    assert measure_seams(record, MEAN).expected == 1


def test_a_member_with_a_gradient_stands_out():
    record = sky_record(np.random.default_rng(9))
    record.overlaps[:] = [replace(o, sky_i=o.sky_i + 0.02) if o.i == 12 else o for o in record.overlaps]
    found = measure_seams(record, MEAN)
    step = np.abs(found.after / found.error)
    assert step[found.pairs[:, 0] == 12].min() > 10 and np.median(step) < 1.5


def test_nothing_to_compare():
    record = SkyRecord("match", {"a": SkyLevel("", 0.0, "SKIPPED")}, [], {})
    found = measure_seams(record, MEAN)
    assert found.pairs.shape == (0, 2) and found.after.size == 0 and found.expected == 0
