"""Which members of other exposures each member may meet."""

import numpy as np

# Vertices of outlines are at most this far apart [pixel].
OUTLINE_STEP = 256


def with_neighbours(members, paths, resample_data):
    """Return each member (GridMember), its file, and members of other exposures that it may meet, with their files."""
    pairs = list(zip(members, paths, strict=True))
    every = range(len(pairs))
    others = _neighbours(members) if resample_data else (_after(k, every) for k in every)
    return [(*pair, [pairs[k] for k in near]) for pair, near in zip(pairs, others, strict=True)]


def _neighbours(members):
    # Of each member the members of other exposures whose bounding boxes on the grid meet its own.
    corners = [member.outline(OUTLINE_STEP) for member in members]
    low, high = (np.array([reach(outline, axis=0) for outline in corners]) for reach in (np.min, np.max))
    groups = np.array([member.group for member in members])
    for k in range(len(members)):
        near = ((low <= high[k]) & (high >= low[k])).all(axis=1) & (groups != groups[k])
        yield _after(k, np.flatnonzero(near).tolist())


def _after(index, others):
    # Without itself, beginning with the next one: where many look, each has its own share of those that are asked.
    return [k for k in others if k > index] + [k for k in others if k < index]
