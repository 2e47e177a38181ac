"""Give the members of a context other numbers."""

from collections import defaultdict

import numpy as np

from .context import PLANE_BITS, plane_count


def renumber_members(context, numbers, count):
    """Give the members of a context other numbers, as they have in a mosaic of more members.

    Parameters
    ----------
    context : ndarray of uint32, shape (planes, ...)
    numbers : sequence of int
        The new number of each member.
    count : int
        Number of members of the new context.

    Returns
    -------
    ndarray of uint32, shape (planes of `count` members, ...)
    """
    # Members that move by the same distance from one plane to another move together.
    moves = defaultdict(int)
    for old, new in enumerate(numbers):
        moves[old // PLANE_BITS, new // PLANE_BITS, new % PLANE_BITS - old % PLANE_BITS] |= 1 << old % PLANE_BITS
    renumbered = np.zeros((plane_count(count), *context.shape[1:]), np.uint32)
    for (source, target, shift), bits in moves.items():
        moved = context[source] & np.uint32(bits)
        renumbered[target] |= moved << np.uint32(shift) if shift >= 0 else moved >> np.uint32(-shift)
    return renumbered
