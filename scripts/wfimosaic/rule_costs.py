"""About how long each rule's jobs take and how much memory they need."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a rule costs, measured on full frames of 4088 x 4088 pixels, single runs on one machine.

    A job takes `start` seconds of one core, and `member` and `mosaic` seconds more for each megapixel
    of its members and of its output; each of its processes holds `base` MB, and `frame` MB more for each
    megapixel of one member. A rule that is `shared` has one job for a product, which uses all cores;
    others have one job, of one core, for each member.
    """

    start: float
    member: float
    mosaic: float
    base: float
    frame: float
    shared: bool


COSTS = {
    "define_grid": Cost(3.0, 0.01, 0, 200, 0, True),
    "match_sky": Cost(3.0, 0.03, 0, 250, 30, True),
    "subtract_sky": Cost(2.0, 0.15, 0, 200, 40, False),
    "make_median": Cost(3.0, 0.27, 0.02, 250, 30, True),
    "flag_outliers": Cost(2.0, 0.17, 0, 200, 35, False),
    "define_mosaic_grid": Cost(3.0, 0, 0, 200, 0, True),
    "resample": Cost(3.0, 0.34, 0.06, 250, 25, True),
    "plot_mosaic": Cost(2.5, 0, 0.1, 500, 0, True),
}
# Only these spread the work of one job over cores.
SPREAD = ("define_grid", "match_sky", "make_median", "resample")
# Threads that such a job asks for.
MOST_THREADS = 16


@dataclass(frozen=True)
class Estimate:
    """A rule's jobs, the time that they take together and the memory in use at once."""

    rule: str
    jobs: int
    seconds: float
    memory_mb: float


def estimate_rules(members, frame_pixels, mosaic_pixels, cores, skipped=()):
    """Estimate what the rules take for one product.

    Parameters
    ----------
    members : int
    frame_pixels : int
        Of the largest member.
    mosaic_pixels : int
    cores : int
    skipped : collection of str
        Rules that do not run.

    Returns
    -------
    list of Estimate
    """
    frame, mosaic = frame_pixels / 1e6, mosaic_pixels / 1e6
    estimates = []
    for rule, cost in COSTS.items():
        if rule in skipped:
            continue
        own = cost.member * frame * members + cost.mosaic * mosaic
        if cost.shared:
            jobs, processes = 1, min(cores, members, MOST_THREADS) if rule in SPREAD else 1
            seconds = cost.start + own / processes
        else:
            jobs, processes = members, min(cores, members)
            seconds = (cost.start * members + own) / processes
        estimates.append(Estimate(rule, jobs, seconds, processes * (cost.base + cost.frame * frame)))
    return estimates
