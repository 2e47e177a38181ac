"""What plans and schedulers are told of a job's needs."""

from pathlib import Path

import pytest
from wfimosaic.workflow.rule_costs import (
    COSTS,
    FLAG_BY_MEDIAN,
    PROCESS,
    cost_of,
    estimate_rules,
    job_memory,
    memory_request,
)
from wfimosaic.workflow.sizing_table import sizing_table

FULL_FRAME = 4088**2 / 1e6
MOSAIC, FOCAL_PLANE = (6329, 5420), (16000, 26000)


# Cores, and resident memory [MB] of jobs on full frames with a mosaic of 34 (make_median: 51) megapixels, or by
# `make calibrate`.
MEASURED = {
    "define_grid": (1, 128),
    "match_sky": (2, 590),
    "subtract_sky": (1, 345),
    "make_median": (2, 697),
    "compare_exposures": (1, 424),
    "flag_outliers": (1, 114),
    "define_mosaic_grid": (1, 127),
    "write_fits": (1, 947),
    "plot_mosaic": (1, 240),
    "plot_maps": (1, 313),
    "plot_noise": (1, 327),
    "plot_psf": (1, 455),
    "count_flags": (2, 535),
}
# Cores, and the most [MB] that whole jobs of a cluster held in `make calibrate`, Snakemake's process included, by the
# shape of the mosaic.
CALIBRATED = {
    (15126, 7213): {
        "define_grid": (2, 505),
        "match_sky": (2, 700),
        "subtract_sky": (1, 716),
        "save_exposures": (2, 1531),
        "define_mosaic_grid": (1, 296),
        "write_fits": (1, 2822),
        "make_viewer": (2, 1471),
        "plot_footprints": (1, 342),
        "plot_sky": (1, 376),
        "plot_noise": (1, 442),
        "plot_flags": (1, 347),
        "count_flags": (2, 781),
        "list_members": (1, 297),
        "list_settings": (1, 298),
        "list_runs": (1, 193),
    },
    (21609, 10304): {
        "write_fits": (1, 5437),
        "make_viewer": (2, 2350),
        "plot_noise": (1, 446),
        "count_flags": (2, 773),
        "list_members": (1, 301),
    },
}
# Cores, and the most that whole jobs of a cluster held on frames of 256 x 256 pixels, Snakemake's process included.
TINY_FRAME, TINY_MOSAIC = 256**2 / 1e6, (947, 452)
TINY = {
    "compare_exposures": (2, 392),
    "define_grid": (2, 491),
    "match_sky": (2, 498),
    "subtract_sky": (1, 293),
    "make_median": (2, 712),
    "save_exposures": (2, 759),
    "flag_outliers": (1, 294),
    "define_mosaic_grid": (1, 291),
    "resample": (2, 417),
    "plot_mosaic": (1, 320),
    "write_fits": (1, 293),
    "make_viewer": (2, 642),
    "plot_maps": (1, 374),
    "plot_footprints": (1, 337),
    "plot_sky": (1, 364),
    "plot_noise": (1, 435),
    "plot_flags": (1, 347),
    "count_flags": (2, 494),
    "list_members": (1, 305),
    "list_settings": (1, 293),
    "list_runs": (1, 191),
}
# Of Snakemake, which runs in every job of a cluster.
SNAKEMAKE = 175


@pytest.mark.parametrize(("rule", "cores", "used"), [(rule, *values) for rule, values in MEASURED.items()])
def test_memory_is_what_was_measured(rule, cores, used):
    estimate = job_memory(COSTS[rule], cores, FULL_FRAME, MOSAIC, with_mapped=True)
    assert estimate == pytest.approx(used, rel=0.15)
    asked = memory_request(COSTS[rule], cores, FULL_FRAME, MOSAIC)
    assert used + SNAKEMAKE <= asked <= 2 * (used + SNAKEMAKE)


@pytest.mark.parametrize(("cores", "used"), [(1, 497), (2, 913)])
def test_resample_gets_what_it_used(cores, used):
    # Resident memory [MB] with 8 full frames, mapped files included: those of the mosaic are let go.
    shape, cost = (6781, 7514), COSTS["resample"]
    assert job_memory(cost, cores, FULL_FRAME, shape, with_mapped=True) == pytest.approx(used, rel=0.05)
    assert used + SNAKEMAKE <= memory_request(cost, cores, FULL_FRAME, shape) <= 2 * (used + SNAKEMAKE)
    # What it asks for grows with blocks, not with the mosaic.
    large, larger = (memory_request(cost, cores, FULL_FRAME, (2048 * n, 2048 * n)) for n in (4, 40))
    assert large == larger


def test_realizations_of_noise_get_what_they_used():
    # Resident memory [MB] with 4 and with 1, of 8 full frames.
    one, four = (job_memory(cost_of("resample", realizations=n), 1, FULL_FRAME, (6781, 7514)) for n in (1, 4))
    assert four - one == pytest.approx(588 - 496, rel=0.15)
    assert cost_of("resample") == COSTS["resample"]
    assert cost_of("make_median", realizations=4) == COSTS["make_median"]


@pytest.mark.parametrize(
    ("rule", "cores", "used"), [("resample", 1, 709), ("resample", 2, 1427), ("make_median", 2, 1240)]
)
def test_drops_that_are_not_square_get_what_they_used(rule, cores, used):
    # Resident memory [MB] with 8 full frames, kernel turbo.
    asked = memory_request(cost_of(rule, square=False), cores, FULL_FRAME, (6781, 7514))
    assert used + SNAKEMAKE <= asked <= 2 * (used + SNAKEMAKE)
    assert cost_of("match_sky", square=False) == COSTS["match_sky"]


def test_flags_by_the_median_get_what_they_used():
    # Full frames: the job alone, and with Snakemake.
    assert job_memory(FLAG_BY_MEDIAN, 1, FULL_FRAME, (0, 0)) == pytest.approx(333, rel=0.15)
    assert 333 + SNAKEMAKE <= memory_request(FLAG_BY_MEDIAN, 1, FULL_FRAME, (0, 0)) <= 2 * (333 + SNAKEMAKE)


def test_method_decides_what_a_plan_has():
    plans = [
        {e.rule: e for e in estimate_rules(8, 4088**2, MOSAIC, 4, skipped)}
        for skipped in ((), ("compare_exposures",), ("make_median", "compare_exposures"))
    ]
    assert ["compare_exposures" in plan for plan in plans] == [True, False, False]
    pairwise, romancal, skipped = (plan["flag_outliers"] for plan in plans)
    assert pairwise.seconds < romancal.seconds and pairwise.memory_mb < romancal.memory_mb
    assert skipped == pairwise


@pytest.mark.parametrize(
    ("shape", "rule", "cores", "used"),
    [(shape, rule, *values) for shape, rules in CALIBRATED.items() for rule, values in rules.items()],
)
def test_full_frames_get_what_they_used_and_at_most_twice_that(shape, rule, cores, used):
    assert used <= memory_request(COSTS[rule], cores, FULL_FRAME, shape) <= 2 * used


@pytest.mark.parametrize(("rule", "cores", "used"), [(rule, *values) for rule, values in TINY.items()])
def test_jobs_of_tiny_frames_ask_for_no_more_than_twice_what_they_hold(rule, cores, used):
    assert used <= memory_request(COSTS[rule], cores, TINY_FRAME, TINY_MOSAIC) <= 2 * used


def test_sizing_table_of_the_docs_is_that_of_the_costs():
    page = Path(__file__).resolve().parents[3] / "workflow" / "docs" / "cluster.md"
    assert sizing_table() in page.read_text(), "run `make docs`"


@pytest.mark.parametrize("rule", COSTS)
def test_memory_grows_neither_with_members_nor_beyond_a_block(rule):
    one, many = (job_memory(COSTS[rule], 4, FULL_FRAME, shape) for shape in ((4096, 4096), (2048 * 8, 2048 * 12)))
    assert one == many
    few, many = (estimate_rules(count, 4088**2, FOCAL_PLANE, cores=4) for count in (4, 400))
    assert [estimate.memory_mb for estimate in few] == [estimate.memory_mb for estimate in many]


def test_mapped_files_count_only_where_schedulers_ask():
    cost = COSTS["write_fits"]
    assert job_memory(cost, 1, FULL_FRAME, FOCAL_PLANE) < 700
    assert job_memory(cost, 1, FULL_FRAME, FOCAL_PLANE, with_mapped=True) == PROCESS + cost.extra + 24 * 416
