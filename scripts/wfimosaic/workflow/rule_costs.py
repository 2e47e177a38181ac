"""About how long each rule's jobs take and how much memory they need, as plans and schedulers are told."""

import math
from dataclasses import dataclass, replace

from ..grid.block_size import BLOCK_SIZE


@dataclass(frozen=True)
class Cost:
    """What a rule costs, measured on full frames of 4088 x 4088 pixels, single runs on one machine.

    A job takes `start` seconds of one core, and `member` and `mosaic` seconds more for each megapixel
    of its members and of its output. It holds `extra` MB beside what Python and the libraries take,
    and in each worker `image` MB for each megapixel of one member and `block` MB for each megapixel of
    a block of the output; or, at its end, `mapped` MB of files for each megapixel of the output, which
    is cache. A rule that is `shared` has one job for a product; others have one for each member. One that
    works `by_block` has no more workers than blocks.
    """

    start: float
    member: float = 0
    mosaic: float = 0
    extra: float = 0
    image: float = 0
    block: float = 0
    mapped: float = 0
    shared: bool = True
    by_block: bool = False


COSTS = {
    "define_field": Cost(3.0, member=0.01),
    "define_field_grids": Cost(3.0, member=0.0015, extra=200),
    "define_grid": Cost(3.0, member=0.01),
    "match_sky": Cost(3.0, member=0.01, image=9),
    "subtract_sky": Cost(2.0, member=0.08, image=14, shared=False),
    "make_median": Cost(3.0, member=0.16, mosaic=0.02, extra=60, block=49),
    "save_exposures": Cost(3.0, member=0.16, mosaic=0.02, extra=200, block=85, mapped=12),
    "compare_exposures": Cost(3.0, member=0.15, extra=20, image=14, mapped=4),
    "flag_outliers": Cost(2.0, member=0.03, extra=-75, image=4, shared=False),  # most libraries stay out
    "define_mosaic_grid": Cost(3.0),
    "resample": Cost(3.0, member=0.3, mosaic=0.06, extra=151, block=68, by_block=True),
    "plot_mosaic": Cost(2.5, mosaic=0.1, extra=110),
    "write_fits": Cost(3.0, mosaic=0.1, mapped=24),
    "write_png": Cost(2.5, mosaic=0.1, extra=170),
    "make_viewer": Cost(5.0, mosaic=1.2, extra=250, mapped=8),
    "make_field_viewer": Cost(5.0, extra=600),
    "plot_maps": Cost(5.0, mosaic=0.2, extra=190),
    "plot_psf": Cost(40.0, extra=300),
    "plot_footprints": Cost(3.0, extra=50),
    "plot_sky": Cost(3.0, extra=70),
    "plot_noise": Cost(3.0, mosaic=0.1, extra=210),
    "plot_flags": Cost(3.0, extra=60),
    "count_flags": Cost(3.0, member=0.03, image=8),
    "list_members": Cost(3.0),
    "list_settings": Cost(3.0),
    "list_runs": Cost(3.0, extra=-100),  # it needs none of the libraries
    "simulate_demo": Cost(5.0, extra=200),
}
# With method romancal: there flag_outliers itself compares each member with the median.
FLAG_BY_MEDIAN = Cost(2.0, member=0.09, image=13, shared=False)
# What resample takes more for each realization of the noise.
REALIZATION = Cost(0.0, member=0.03, block=10)
# What make_median and resample hold more with kernels other than square, which take a member's whole part of a block.
WHOLE_PARTS = 85
# What every run does; with method romancal without compare_exposures.
PLAIN_RUN = (
    "define_grid",
    "match_sky",
    "subtract_sky",
    "make_median",
    "compare_exposures",
    "flag_outliers",
    "define_mosaic_grid",
    "resample",
    "plot_mosaic",
)
# Only these spread the work of one job over cores.
SPREAD = (
    "define_field",
    "define_field_grids",
    "define_grid",
    "match_sky",
    "make_median",
    "compare_exposures",
    "resample",
)
# Threads that such a job asks for.
MAX_THREADS = 16
# Memory of a Python process with the libraries, and of one more that it forks [MB].
PROCESS, WORKER = 130, 100
# Memory of Snakemake itself in a job of a cluster [MB].
SNAKEMAKE = 230


@dataclass(frozen=True)
class Estimate:
    """A rule's jobs, the time that they take together and the memory in use at once."""

    rule: str
    jobs: int
    seconds: float
    memory_mb: float


def estimate_rules(members, frame_pixels, shape, cores, skipped=(), realizations=0, square=True):
    """Estimate what the rules take for one product.

    Parameters
    ----------
    members : int
    frame_pixels : int
        Of the largest member.
    shape : (int, int)
        ny, nx of the mosaic.
    cores : int
    skipped : collection of str
        Rules that do not run.
    realizations : int
        Of the mosaic's noise.
    square : bool
        Whether all drops are square.

    Returns
    -------
    list of Estimate
    """
    frame, mosaic = frame_pixels / 1e6, math.prod(shape) / 1e6
    estimates = []
    for rule in (rule for rule in PLAIN_RUN if rule not in skipped):
        by_median = "compare_exposures" in skipped and "make_median" not in skipped
        cost = cost_of(rule, by_median, realizations, square)
        if cost.shared:
            threads = min(cores, members, MAX_THREADS) if rule in SPREAD else 1
            seconds = job_seconds(cost, threads, members * frame, mosaic)
            estimates.append(Estimate(rule, 1, seconds, job_memory(cost, threads, frame, shape)))
        else:
            at_once = min(cores, members)
            seconds = members * job_seconds(cost, 1, frame, mosaic) / at_once
            estimates.append(Estimate(rule, members, seconds, at_once * job_memory(cost, 1, frame, shape)))
    return estimates


def cost_of(rule, by_median=False, realizations=0, square=True):
    """Return what a rule costs, with outliers found by the median alone or not, realizations of noise, and drops that
    are square or not: Cost.
    """
    if rule == "flag_outliers" and by_median:
        return FLAG_BY_MEDIAN
    cost = COSTS[rule]
    if rule in ("make_median", "resample") and not square:
        cost = replace(cost, block=cost.block + WHOLE_PARTS)
    if rule == "resample":
        each = REALIZATION
        return replace(
            cost,
            member=cost.member + realizations * each.member,
            block=cost.block + realizations * each.block,
        )
    return cost


def job_seconds(cost, threads, members, mosaic):
    """Estimate the time of a job [s] from the megapixels of all its members and of its output."""
    return cost.start + cost.member * members / threads + cost.mosaic * mosaic


def job_memory(cost, threads, frame, shape, with_mapped=False):
    """Estimate the memory of a job [MB] from the megapixels of one member and the shape of its output.

    Mapped files count or not: they are cache, which the system takes back when it needs it, but some
    schedulers look at the resident size alone.
    """
    counts = [max(1, math.ceil(length / BLOCK_SIZE)) for length in shape]
    block = math.prod(shape) / math.prod(counts) / 1e6
    at_once = min(threads, math.prod(counts)) if cost.by_block else threads
    workers = at_once if at_once > 1 else 0
    arrays = at_once * (cost.image * frame + cost.block * block)
    mapped = cost.mapped * math.prod(shape) / 1e6 if with_mapped else 0
    return PROCESS + WORKER * workers + cost.extra + max(arrays, mapped)


def memory_request(cost, threads, frame, shape):
    """Memory that a job of a cluster asks for [MB]: a quarter more than it needs with mapped files and Snakemake."""
    return 1.25 * (SNAKEMAKE + job_memory(cost, threads, frame, shape, with_mapped=True))


def time_request(cost, threads, members, mosaic):
    """Time that a job of a cluster asks for [min]: four times what it takes and some more, as machines differ."""
    return (10 if cost.shared else 2) + 4 * job_seconds(cost, threads, members, mosaic) / 60
