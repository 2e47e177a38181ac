"""What the other exposures say of a single pixel, as `compare_exposures` heard it."""

from dataclasses import dataclass

import numpy as np

from ..grid.rectangle import Rectangle
from ..outliers.blot import blot
from ..outliers.find_outliers import grown_mask
from .compare_exposures import MIN_DEVIATION, find_candidates
from .other_exposure import SURELY
from .trails import follow, reach
from .votes import SHARES, ask, by_psf, judge, votes_needed


@dataclass(frozen=True)
class Verdict:
    """What other exposures say of a pixel.

    `others` of them looked there; `brighter` and `darker` of these say that it is more so than they allow. From the
    one whose vote decides it differs by `deviation`, positive in the sense that could make it an outlier, and
    `allowed` is what that one allows [MJy/sr]: it is an outlier if the first is larger. Nobody is asked about a pixel
    that is like the median: `brighter` and `darker` are None then, `deviation` and `allowed` those from the median.
    With no other exposure all of these are None.
    """

    others: int
    brighter: int | None = None
    darker: int | None = None
    deviation: float | None = None
    allowed: float | None = None


def verdict_at(comparison, member, image, others, median, pixel):
    """Find what the other exposures say of a pixel.

    Parameters
    ----------
    comparison : Comparison
    member : GridMember
    image : StoredImage
        Its `_skymatch` file.
    others : list of (Other, MemberToMember)
        See `open_others`.
    median : ndarray of float32
        What `make_median` wrote.
    pixel : (int, int)
        Row and column.

    Returns
    -------
    Verdict or None
        None if the pixel was bad before: nobody is asked about it.
    """
    row, column = pixel
    target = Rectangle(slice(row, row + 1), slice(column, column + 1))
    area = target.grown(reach(comparison.grow), Rectangle.whole(member.shape))
    seen = blot(median, member, cutout=area) if comparison.resample_data else np.asarray(median[area.slices])
    single = find_candidates(comparison, member, image, seen[target.within(area)], target, min_deviation=-1)
    if len(single) == 0:
        return None
    answers = [np.zeros((4, 0), np.float32), *(np.stack(found) for _, *found in ask(single, others, comparison.snr))]
    answers = np.concatenate(answers, axis=1)
    if answers.size == 0:
        return Verdict(0)
    candidates = find_candidates(comparison, member, image, seen, area)
    if not ((candidates.x == column) & (candidates.y == row)).any():
        deviation = abs(single.value - seen[target.within(area)])
        return Verdict(answers.shape[1], None, None, deviation.item(), MIN_DEVIATION * single.err.item())
    which = _pass(candidates, judge(candidates, others, comparison.snr), target, area, comparison.grow)
    return _verdict(answers, comparison.snr[min(which, 1)], SHARES[which])


def _pass(candidates, answers, target, area, grow):
    # Which of the answers counts: the first; next to what that found the second; where a trail was followed the third.
    places = candidates.y - area.rows.start, candidates.x - area.columns.start
    first, beside = np.zeros((2, *area.shape), bool)
    first[places], beside[places] = answers[:2]
    here = target.within(area)
    next_to = grown_mask(first, grow)[here].item()
    alone = next_to and beside[here].item()
    in_trail = np.ravel_multi_index(places, area.shape)[answers[2]]
    if not alone and follow(first, beside, in_trail, grow)[here].item():
        return 2
    return int(next_to)


def _verdict(answers, snr, shares):
    # The votes, and of the side that comes nearer to an outlier the one that decides: the last that is needed.
    deviation, blur, halo, noise = answers
    others = len(deviation)
    noise, darkest, by_psfs = np.float32(snr) * noise, by_psf(blur, halo), by_psf(blur, halo, shares)
    allowed = by_psfs + noise
    brighter, surely, above, darker = votes_needed(others)
    bright = max(
        _last_needed(deviation, allowed, brighter),
        _last_needed(deviation, np.float32(SURELY) * by_psfs + noise, surely),
    )
    sides = [min(bright, _last_needed(deviation, noise, above))]
    darkest = darkest + noise
    if darker <= others:
        sides.append(_last_needed(-deviation, darkest, darker))
    _, *found = max(sides)
    return Verdict(others, int(np.sum(deviation > allowed)), int(np.sum(-deviation > darkest)), *found)


def _last_needed(deviation, allowed, needed):
    # By how much, how far and how far allowed: of those that looked, in the order of the first.
    excess = deviation - allowed
    decider = np.argsort(-excess)[needed - 1]
    return excess[decider].item(), deviation[decider].item(), allowed[decider].item()
