"""Read and rewrite checked Level 2 images with plain asdf: their metadata stay as the file has them."""

import functools
import resource
from contextlib import contextmanager
from pathlib import Path

import asdf
import numpy as np
from asdf.tagged import get_tag, tag_object

from ..files.array_file import ArrayFile, tree_size
from ..files.checksums import check_when_read
from ..files.fingerprint import check_not_replaced
from ..files.plain_asdf import plain_asdf
from ..files.scratch import scratch_folder
from ..files.strips import release_pages
from .image_file import input_errors
from .sky_plane import SkyPlane

# Images that `stored_image` keeps open: where more exposures lie on one block each is opened for each block.
OPEN_IMAGES = 256
# Bytes that a tree may grow by when it is saved, with what is written before its large arrays.
ROOM = 2**14


class StoredImage:
    """A Level 2 image whose tree and arrays can be read, replaced and saved; arrays are mapped into memory.

    Nothing is validated and no WCS is made, so that neither roman_datamodels nor gwcs is imported: half of
    the time of a job on one member. `image_file.open_image` does both once, when the grid is defined.

    `meta` contains its metadata, `full_sky` the member's whole sky, `sky` what of it is still to be
    subtracted from the data: see `SkyPlane`.

    Parameters
    ----------
    path : str or Path
    validate_checksums : bool
        Whether each array is compared with the file's checksum of it when it is read.

    Raises
    ------
    InputError
        If the file is missing or broken.
    """

    def __init__(self, path, validate_checksums=False):
        self.path = path
        with input_errors(path, "cannot be read", "copy or make it again"), plain_asdf():
            self._file = asdf.open(path, memmap=True, ignore_unrecognized_tag=True)
            if validate_checksums:
                check_when_read(self._file, path)
            self._tree = self._file["roman"]
            self.meta = self._tree["meta"]
        background = self.meta.get("background") or {}
        shape = self["data"].shape if "data" in self else (1, 1)
        self.full_sky = SkyPlane.of(background, shape)
        self.sky = SkyPlane(shape) if background.get("subtracted") else self.full_sky

    def __contains__(self, name):
        return name in self._tree

    def __getitem__(self, name):
        return self._tree[name]

    def __setitem__(self, name, value):
        self._tree[name] = value

    def keys(self):
        """Names of the metadata and of all arrays."""
        return self._tree.keys()

    def read(self, name, part=(slice(None), slice(None))):
        """Return a copy of a part of an array: float32 for half precision, else as stored."""
        array = np.asarray(self[name])[part]
        copy = array.astype(np.float32) if array.dtype == np.float16 else np.array(array)
        release_pages(array)
        return copy

    @contextmanager
    def saved_as(self, path, kinds):
        """Write the image, uncompressed so that it can be mapped into memory.

        Parameters
        ----------
        path : str or Path
        kinds : dict of str to dtype
            The large arrays, all of the image's shape.

        Yields
        ------
        ArrayFile
            To put these into, where they stay. At the end the metadata and all that is not among them is written.
        """
        shape = self["data"].shape
        with scratch_folder(path) as scratch:
            room = tree_size(self.path) + ROOM
            file = ArrayFile(scratch / "image.asdf", {name: (dtype, shape) for name, dtype in kinds.items()}, room)
            yield file
            tag = get_tag(self.meta.get("filename"))
            name = Path(path).name
            self.meta["filename"] = tag_object(tag, name) if tag else name
            for array in kinds:
                self._tree.pop(array, None)
                self._tree[array] = file.arrays[array]
            # A file of its own, as asdf first copies all arrays that an opened one has read. Checksums would
            # take as long as all the rest: only `_cal` files and the mosaic have them.
            with plain_asdf():
                whole = asdf.AsdfFile(self._file.tree, ignore_unrecognized_tag=True)
                file.finish(path, whole.write_to, checksums=False)

    def close(self):
        """Close the file; arrays that were copied stay."""
        self._file.close()


@contextmanager
def stored_member(path, fingerprint=None, validate_checksums=False):
    """Open a member, and check before and after that it is the file that the grid was defined for.

    Parameters
    ----------
    path : str
        A `_cal` file.
    fingerprint : str or None
        As the grid records it; None: any file is accepted.
    validate_checksums : bool
        See `StoredImage`.

    Yields
    ------
    StoredImage

    Raises
    ------
    InputError
        If the file has been replaced.
    """
    check_not_replaced(path, fingerprint)
    image = StoredImage(path, validate_checksums)
    try:
        yield image
        check_not_replaced(path, fingerprint)
    finally:
        image.close()


@functools.lru_cache(maxsize=OPEN_IMAGES)
def stored_image(path):
    """Return an open StoredImage, the same one for each call: its arrays are read piece by piece."""
    _allow_open_files()
    return StoredImage(path)


@functools.cache
def _allow_open_files():
    # An image needs two. Linux allows a process 1024 of its own accord, macOS 256.
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * OPEN_IMAGES + 200
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
