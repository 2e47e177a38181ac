"""Ask the other exposures about pixels that may be outliers, and count what they say."""

import numpy as np

from ..files.strips import release_pages
from .other_exposure import NEXT_TO_OUTLIER, Candidates, deviation_and_allowed

# Of other exposures as many look at a pixel, at most: more add time and no certainty.
MAX_OTHERS = 9
# Fewer are enough if a pixel is brighter than this many times what PSFs do, beside noise.
SURELY = 1.25
# Share of what PSFs do that counts in the first pass and next to what it found.
SHARES = (1.0, NEXT_TO_OUTLIER)


def judge(candidates, others, snr):
    """Decide which pixels are outliers.

    One is if a third of the other exposures say that it is brighter than they allow: each one's limit holds for any
    sky, so that those decide whose pixels lie best for that, and a single blurred one among many does not. A fifth are
    enough if they say so of `SURELY` times what PSFs do. Half of them must find it brighter by more than noise at
    least, so that a dark pixel of a single one does not decide. Or if more than half of at least three say that it is
    darker than they allow. Next to an outlier, where the second answer counts, less is allowed for what PSFs do to make
    it brighter: a star there as sharp as that is rarer than a ray that goes on.

    Parameters
    ----------
    candidates : Candidates
    others : list of (Other, MemberToMember)
    snr : (float, float)
        Noise that is allowed, in the first pass and next to what it found.

    Returns
    -------
    ndarray of bool, shape (2, n)
        For each of `snr`.
    """
    count = len(candidates)
    looked = np.zeros(count, int)
    brighter, surely, above, darker = np.zeros((4, len(snr), count), int)
    for compared, deviation, blur, noise in ask(candidates, others):
        looked[compared] += 1
        for k, (times, share) in enumerate(zip(snr, SHARES, strict=True)):
            by_noise, by_psf = np.float32(times) * noise, np.float32(share) * blur
            brighter[k, compared] += deviation > by_psf + by_noise
            surely[k, compared] += deviation > np.float32(SURELY) * by_psf + by_noise
            above[k, compared] += deviation > by_noise
            darker[k, compared] += deviation < -(blur + by_noise)
    enough_brighter, enough_surely, enough_above, enough_darker = votes_needed(looked)
    bright = (brighter >= enough_brighter) | (surely >= enough_surely)
    return (bright & (above >= enough_above)) | (darker >= enough_darker)


def ask(candidates, others):
    """Compare candidates with each other exposure that looked there, up to a number of them.

    Parameters
    ----------
    candidates : Candidates
    others : list of (Other, MemberToMember)

    Yields
    ------
    compared : ndarray of int
        Which of the candidates have a value in the other exposure.
    deviation, blur, noise : ndarray of float32
        Of these: see `deviation_and_allowed`.
    """
    looked = np.zeros(len(candidates), int)
    for other, route in others:
        x, y = route.positions(candidates.x, candidates.y)
        wanted = np.flatnonzero(np.isfinite(x) & (looked < MAX_OTHERS))
        if len(wanted) == 0:
            continue
        some = Candidates(*(array[wanted] for array in vars(candidates).values()))
        found = np.stack(deviation_and_allowed(some, other, x[wanted], y[wanted], route.turn))
        seen = np.isfinite(found[0])
        looked[wanted[seen]] += 1
        yield wanted[seen], *found[:, seen]
        for array in (other.data, other.err, other.dq):
            release_pages(array)


def votes_needed(looked):
    """Compute how many that looked must say brighter, surely brighter, brighter by more than noise, and darker.

    Parameters
    ----------
    looked : int or ndarray of int

    Returns
    -------
    brighter, surely, above, darker : ndarray of int
        More than there are, where they cannot decide.
    """
    brighter, surely, above = (np.maximum((looked + part - 1) // part, 1) for part in (3, 5, 2))
    return brighter, surely, above, np.where(looked > 2, looked // 2 + 1, looked + 1)
