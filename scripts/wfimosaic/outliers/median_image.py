"""The file of a median image: written by `make_median`, read where members are compared with it."""

from contextlib import contextmanager
from dataclasses import dataclass

import asdf
import numpy as np

from ..files.array_file import ArrayFile
from ..files.plain_asdf import plain_asdf

# Bytes for what is not the image.
ROOM = 20_000


@dataclass(frozen=True)
class MedianImage:
    """The median of all exposures, or why there is none.

    `data` [MJy/sr, float32] is on the outlier grid, `wcs` that grid's as a tagged tree; or it is in the pixels of
    the detector, and `wcs` is None. `skipped` is None, or the reason why `data` has no values.
    """

    data: np.ndarray
    wcs: dict | None = None
    skipped: str | None = None


@contextmanager
def open_median(path):
    """Open a median image, its data mapped into memory: yields MedianImage."""
    with plain_asdf():
        file = asdf.open(path, memmap=True)
    with file:
        yield MedianImage(np.asarray(file["data"]), file["wcs"], file["skipped"])


def new_median(scratch, shape):
    """Make a file in a scratch folder for the `data` of a median image of shape (ny, nx), of zeros: ArrayFile."""
    return ArrayFile(scratch / "median.asdf", {"data": (np.float32, shape)}, ROOM)


def finish_median(file, path, wcs=None, skipped=None):
    """Let a file from `new_median` appear at its name; see `MedianImage`."""
    with plain_asdf():
        tree = asdf.AsdfFile({"wcs": wcs, "skipped": skipped, **file.arrays})
        file.finish(path, tree.write_to, checksums=False)
