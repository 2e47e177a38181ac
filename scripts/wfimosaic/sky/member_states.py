"""Tell whether the sky of members is as it was, so that only those with another level run again."""

import functools
import os

from .sky_record import read_level_lines


def member_states(levels):
    """Read the sky of each member of a field.

    Parameters
    ----------
    levels : str
        What `list_levels` wrote.

    Returns
    -------
    dict of str to str
        By stem; the same if the member's `_skymatch` image would be. Empty before the file is there.
    """
    return _read(levels, os.stat(levels).st_mtime_ns) if os.path.exists(levels) else {}


@functools.cache
def _read(levels, _):
    known = read_level_lines(levels)
    # Islands are numbered anew when others come.
    return {
        stem: repr(sorted((name, value) for name, value in level.items() if name != "island"))
        for stem, level in known.items()
    }
