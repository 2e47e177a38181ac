"""The sky of whole members, added to levels that only say how members differ."""

import numpy as np

from .sky_record import SkySample


def add_whole_sky(skymethod, level, error, islands, whole, units):
    """Add the lowest sky that is left of whole members to the levels.

    Parameters
    ----------
    skymethod : str
        local: each unit of members has a level of its own; global: all have the same; global+match: an island has
        one, and each unit that is in none.
    level, error : ndarray of float64, shape (count,)
        Of `match_levels`: NaN for members that were not matched.
    islands : list of ndarray of int
    whole : list of SkySample or None, length `count`
    units : ndarray of int, shape (count,)
        Members with the same have one level: the mean of their skies is theirs.

    Returns
    -------
    level, error : ndarray of float64, shape (count,)
        NaN where no member that shares a level has a sky.
    """
    shares = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    skies = {}
    for members in shares:
        skies |= dict.fromkeys(members.tolist(), _mean([whole[k] for k in members if whole[k]]))
    if skymethod == "global":
        shares = [np.arange(len(level))]
    elif skymethod != "local":
        shares = [*islands, *(members for members in shares if np.isnan(level[members]).all())]
    level, error = np.nan_to_num(level), np.nan_to_num(error)
    rest = np.array([skies[k].sky if skies[k] else np.inf for k in range(len(level))]) - level
    for members in shares:
        lowest = members[np.argmin(rest[members])]
        known = skies[int(lowest)]
        level[members] += rest[lowest] if known else np.nan
        error[members] = np.hypot(error[members], known.error) if known else np.nan
    return level, error


def _mean(samples):
    if len(samples) < 2:
        return samples[0] if samples else None
    weight = np.array([sample.count for sample in samples], float)
    weight /= weight.sum()
    sky, count, noise, error = (np.array(values) for values in zip(*samples, strict=True))
    rms = np.sqrt(weight @ noise**2)
    return SkySample(float(weight @ sky), int(count.sum()), float(rms), float(np.sqrt(weight**2 @ error**2)))
