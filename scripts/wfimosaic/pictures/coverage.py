"""How many exposures a pixel has and for how long, from the context."""

from collections import Counter

import numpy as np

from ..drizzling.context import members_touching


def exposures_and_time(context, groups, exposure_times):
    """Count the exposures of each pixel and add up their time.

    Parameters
    ----------
    context : iterable of ndarray of uint32, shape (ny, nx)
        Its planes, one after the other: those of many members would fill the memory.
    groups : iterable of list of int
        Members of each exposure.
    exposure_times : sequence of float
        Exposure time of each member.

    Returns
    -------
    count, time : ndarray of float32, shape (ny, nx)
        NaN where there is no exposure.
    """
    group_of = {member: number for number, members in enumerate(groups) for member in members}
    waiting, seen, count, time = Counter(group_of.values()), {}, np.float32(0), np.float32(0)
    for member, touched in enumerate(members_touching(context, len(exposure_times))):
        time = time + np.where(touched, np.float32(exposure_times[member]), np.float32(0))
        group = group_of[member]
        # As bits, since all exposures may wait for their members in the last plane.
        seen[group] = seen.get(group, 0) | np.packbits(touched, axis=1)
        waiting[group] -= 1
        if waiting[group] == 0:
            count = count + np.unpackbits(seen.pop(group), axis=1, count=touched.shape[1])
    return covered(count), covered(time)


def covered(image):
    """Return an image with NaN where it is 0: ndarray of float32."""
    return np.where(image > 0, image, np.float32(np.nan))
