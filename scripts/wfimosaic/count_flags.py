"""Count the flagged pixels of every member, and where on the sky the outliers lie."""

import asdf
import numpy as np
from roman_datamodels.dqflags import pixel

from .binning import step_for
from .grid import read_grid
from .mapped_image import mapped_image
from .whole_file import whole_file
from .workers import run_in_workers

# Boxes must hold enough pixels for a fraction to mean something.
MOST_BOXES = 250
STRIP = 512


def count_flags(members, grid, output, workers=1):
    """Write how many pixels of each member are flagged, and maps of all pixels and of the outliers.

    Parameters
    ----------
    members : list of str
        `_outlier_detection` files, in the grid's order.
    grid : str
        The mosaic grid's file.
    output : str
        An ASDF file: `members` (a list of dict with stem, detector, pixels, outliers, other_bad, and
        `flags` by name), `step` (size of the boxes), `pixels` and `outliers` (per box, int64).
    workers : int
    """
    grid = read_grid(grid)
    step = step_for(grid.shape, MOST_BOXES)
    tasks = [(member, path, grid.shape, step) for member, path in zip(grid.members, members, strict=True)]
    boxes = tuple(-(-n // step) for n in grid.shape)
    maps = np.zeros((2, *boxes), np.int64)
    counts = []
    for count, found in run_in_workers(_count_member, tasks, workers, "member"):
        counts.append(count)
        maps += found
    tree = {"members": counts, "step": step, "pixels": maps[0], "outliers": maps[1]}
    with whole_file(output) as part:
        asdf.AsdfFile(tree).write_to(part)


def _count_member(member, path, shape, step):
    image = mapped_image(path)
    dq = image.read("dq")
    outlier = dq & pixel.OUTLIER != 0
    present = int(np.bitwise_or.reduce(dq, axis=None))
    flags = {flag.name: int(np.count_nonzero(dq & flag)) for flag in pixel if flag and present & flag}
    other = (dq & (pixel.DO_NOT_USE | pixel.NON_SCIENCE) != 0) & ~outlier
    maps = np.zeros((2, *(-(-n // step) for n in shape)), np.int64)
    stride = max(1, step // 4)
    for row in range(0, dq.shape[0], STRIP):
        rows = slice(row, min(row + STRIP, dq.shape[0]))
        boxes = _boxes(member.pixel_map(rows, slice(0, dq.shape[1])), step)
        _add(maps[0], boxes[::stride, ::stride].reshape(-1, 2), stride**2)
        _add(maps[1], boxes[outlier[rows]], 1)
    count = {
        "stem": member.stem,
        "detector": str(image.meta.instrument.detector),
        "pixels": int(dq.size),
        "outliers": int(outlier.sum()),
        "other_bad": int(other.sum()),
        "flags": flags,
    }
    image.close()
    return count, maps


def _boxes(positions, step):
    return np.floor((positions[..., ::-1] + 0.5) / step).astype(int)


def _add(image, boxes, value):
    inside = ((boxes >= 0) & (boxes < image.shape)).all(axis=-1)
    np.add.at(image, tuple(boxes[inside].T), value)
