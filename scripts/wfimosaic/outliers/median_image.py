"""The file of a median image: written by `make_median`, read where members are compared with it."""

from contextlib import contextmanager
from dataclasses import dataclass

import asdf
import numpy as np

from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf


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


def write_median(path, median):
    """Write a MedianImage."""
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile(dict(vars(median))).write_to(part, write_checksums=False)
