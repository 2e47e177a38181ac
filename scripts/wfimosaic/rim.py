"""Put a rim of pixels without weight around what drizzle is given, so that it leaves no pixel out.

Where the output's border cuts the input, drizzle looks only at pixels within straight lines between the corners
of the input. Edges of a detector are bowed outward by a pixel or two: each block of a mosaic that cuts one would
lose some of its pixels, others in each way to cut a mosaic into blocks.
"""

import numpy as np

# Edges that are bowed by less lose nothing: drizzle allows three times as much [output pixel].
STRAIGHT = 0.01
# Nor does it matter that a corner is cut which is as near to the border as this [output pixel].
TIP = 2


def with_rim(positions, shape, *arrays):
    """Give positions and arrays with as wide a rim as the edges are bowed, where a border cuts them.

    Parameters
    ----------
    positions : ndarray of float64, shape (ny, nx, 2)
        Output x and y of each pixel.
    shape : (int, int)
        Of the output.
    *arrays : ndarray, shape (ny, nx), or None
        What belongs to the pixels: 0 on the rim.

    Returns
    -------
    list
        Positions and arrays, as they are if no rim is needed. The rim's positions continue those inside
        as drizzle does.
    """
    corners = positions[[0, 0, -1, -1], [0, -1, -1, 0]]
    inside = ((corners > -TIP) & (corners < np.array(shape[::-1]) - 1 + TIP)).all()
    bow = 0 if inside else _bow(positions, corners)
    if bow < STRAIGHT:
        return [positions, *arrays]
    rim = int(np.ceil(bow)) + 1
    wide = np.pad(positions, ((rim, rim), (rim, rim), (0, 0)), "reflect", reflect_type="odd")
    return [wide, *(None if array is None else np.pad(array, rim) for array in arrays)]


def _bow(positions, corners):
    # How far the edges go beyond straight lines between the corners, at most [output pixel].
    turn = np.sign(_cross(corners[1] - corners[0], corners[3] - corners[0]))
    edges = (positions[0], positions[:, -1], positions[-1, ::-1], positions[::-1, 0])
    beyond = []
    for first, last, edge in zip(corners, np.roll(corners, -1, axis=0), edges, strict=True):
        along = last - first
        beyond.append((-turn * _cross(along, edge - first)).max() / np.hypot(*along))
    return max(beyond)


def _cross(a, b):
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
