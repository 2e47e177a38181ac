"""Count the flagged pixels of every member, and where on the sky the outliers lie."""

import numpy as np

from ..errors import InputError
from ..grid.grid import read_grid
from ..images.flag_bits import FLAG_BITS
from ..images.flags import UNUSABLE
from ..images.stored_image import StoredImage
from ..images.unreadable import why_unreadable
from ..pictures.binning import step_for
from ..workers import run_in_workers
from .flag_counts import FlagCounts, MemberCounts, write_flag_counts

# Boxes must hold enough pixels for a fraction to mean something.
MAX_BOXES = 250


def count_flags(members, grid, output, workers=1):
    """Write how many pixels of each member are flagged, and maps of all pixels and of the outliers.

    Parameters
    ----------
    members : list of str
        `_outlier_detection` files, in the grid's order.
    grid : str
        The mosaic grid's file.
    output : str
        The file to write, see `flag_counts`.
    workers : int

    Raises
    ------
    InputError
        If a member of a field could not be read.
    """
    for reason in filter(None, map(why_unreadable, members)):
        raise InputError(reason)
    grid = read_grid(grid)
    step = step_for(grid.shape, MAX_BOXES)
    tasks = [(member, path, grid.shape, step) for member, path in zip(grid.members, members, strict=True)]
    boxes = tuple(-(-n // step) for n in grid.shape)
    maps = np.zeros((2, *boxes), np.int64)
    counts = []
    for count, member_maps in run_in_workers(_count_member, tasks, workers, "member"):
        counts.append(count)
        maps += member_maps
    write_flag_counts(FlagCounts(counts, step, *maps), output)


def _count_member(member, path, shape, step):
    image = StoredImage(path)
    dq = image.read("dq")
    outlier = dq & FLAG_BITS["OUTLIER"] != 0
    present = int(np.bitwise_or.reduce(dq, axis=None))
    flags = {name: int(np.count_nonzero(dq & bit)) for name, bit in FLAG_BITS.items() if present & bit}
    other = (dq & UNUSABLE != 0) & ~outlier
    boxes = tuple(-(-n // step) for n in shape)
    stride = max(1, step // 4)
    y, x = np.nonzero(outlier)
    positions = member.positions(x, y)
    maps = np.stack([_count(_every(stride, member), boxes, step) * stride**2, _count(positions, boxes, step)])
    count = MemberCounts(
        stem=member.stem,
        detector=str(image.meta["instrument"]["detector"]),
        pixels=int(dq.size),
        outliers=int(outlier.sum()),
        other_bad=int(other.sum()),
        flags=flags,
    )
    image.close()
    return count, maps


def _every(stride, member):
    # Where the pixels in every so many rows and columns fall.
    y, x = (np.arange(stride // 2, n, stride) for n in member.shape)
    return member.positions_between(x, y).reshape(2, -1).T


def _count(positions, boxes, step):
    # How many positions fall into each box.
    box = np.floor((positions[:, ::-1] + 0.5) / step).astype(int)
    inside = ((box >= 0) & (box < boxes)).all(axis=1)
    return np.bincount(np.ravel_multi_index(box[inside].T, boxes), minlength=np.prod(boxes)).reshape(boxes)
