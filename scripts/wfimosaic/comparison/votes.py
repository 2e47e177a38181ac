"""Ask the other exposures about pixels that may be outliers, and count what they say."""

import numpy as np

from ..files.strips import release_pages
from .other_exposure import NEXT_TO, SURELY, Candidates, deviation_and_allowed

# Of other exposures as many look at a pixel, at most: more add time and no certainty.
MAX_OTHERS = 9
# Shares of what PSFs do around a pixel and of what halos of stars farther away differ by, that count in the first pass,
# next to what it found, and in a trail.
SHARES = ((1.0, 1.0), NEXT_TO, (0.0, 0.0))


def judge(candidates, others, snr):
    """Decide which pixels are outliers.

    One is if a third of the other exposures say that it is brighter than they allow: each one's limit holds for any
    sky, so that those decide whose pixels lie best for that, and a single blurred one among many does not. A fifth are
    enough if they say so of `SURELY` times what PSFs do. Half of them must find it brighter by more than noise at
    least, so that a dark pixel of a single one does not decide. Or if more than two thirds of at least three say that
    it is darker than they allow: rays make others brighter. Next to an outlier, where the second answer counts, less is
    allowed for what PSFs do to make it brighter: a star there as sharp as that is rarer than a ray that goes on. In a
    trail, for the third answer, it is enough to be brighter by more than noise.

    Parameters
    ----------
    candidates : Candidates
    others : list of (Other, MemberToMember)
    snr : (float, float)
        Noise that is allowed, in the first pass and next to what it found.

    Returns
    -------
    ndarray of bool, shape (3, n)
        In the first pass, next to what it found, and in a trail.
    """
    count = len(candidates)
    looked = np.zeros(count, int)
    brighter, surely, above, darker = np.zeros((4, len(snr), count), int)
    for compared, deviation, blur, halo, noise in ask(candidates, others, snr):
        looked[compared] += 1
        darkest = by_psf(blur, halo)
        for k, times in enumerate(snr):
            by_noise, allowed = np.float32(times) * noise, by_psf(blur, halo, SHARES[k])
            brighter[k, compared] += deviation > allowed + by_noise
            surely[k, compared] += deviation > np.float32(SURELY) * allowed + by_noise
            above[k, compared] += deviation > by_noise
            darker[k, compared] += deviation < -(darkest + by_noise)
    enough_brighter, enough_surely, enough_above, enough_darker = votes_needed(looked)
    above, dark = above >= enough_above, darker >= enough_darker
    bright = (brighter >= enough_brighter) | (surely >= enough_surely)
    return np.concatenate([(bright & above) | dark, (above | dark)[1:]])


def by_psf(blur, halo, shares=SHARES[0]):
    """Compute what PSFs and halos explain together, which differ independently of each other."""
    return np.hypot(np.float32(shares[0]) * blur, np.float32(shares[1]) * halo)


def ask(candidates, others, snr):
    """Compare candidates with each other exposure that looked there, up to a number of them.

    Parameters
    ----------
    candidates : Candidates
    others : list of (Other, MemberToMember)
    snr : sequence of float
        See `deviation_and_allowed`.

    Yields
    ------
    compared : ndarray of int
        Which of the candidates have a value in the other exposure.
    deviation, blur, halo, noise : ndarray of float32
        Of these: see `deviation_and_allowed`.
    """
    looked = np.zeros(len(candidates), int)
    for other, route in others:
        wanted = np.flatnonzero(looked < MAX_OTHERS)
        if len(wanted) == 0:
            continue
        some = Candidates(*(array[wanted] for array in vars(candidates).values()))
        found = np.stack(deviation_and_allowed(some, other, route, snr))
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
    return brighter, surely, above, np.where(looked > 2, 2 * looked // 3 + 1, looked + 1)
