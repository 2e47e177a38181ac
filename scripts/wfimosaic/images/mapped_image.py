"""Members whose arrays are read piece by piece, kept open between pieces."""

import functools

import numpy as np

from ..files.mapped_pages import release_pages
from .stored_image import StoredImage


class MappedImage(StoredImage):
    """A `_skymatch` or `_outlier_detection` file, mapped into memory.

    `level` is what is still to be subtracted from the data [MJy/sr], `full_level` the member's whole
    sky level, `meta` its metadata.
    """

    def __init__(self, path):
        super().__init__(path)
        background = self.meta.get("background") or {}
        self.full_level = np.float32(background.get("level") or 0.0)
        self.level = np.float32(0) if background.get("subtracted") else self.full_level

    def read(self, name, part=(slice(None), slice(None))):
        """Read a part of an array: float32 for half precision, else as stored."""
        array = np.asarray(self[name])[part]
        copy = array.astype(np.float32) if array.dtype == np.float16 else np.array(array)
        release_pages(array)
        return copy


@functools.lru_cache(maxsize=64)
def mapped_image(path):
    """Open an image, or give the one that is open already: MappedImage."""
    return MappedImage(path)
