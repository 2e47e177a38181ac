"""Images of the background that the user has modelled, to be subtracted from members."""

from contextlib import contextmanager

import asdf
import numpy as np

from ..errors import InputError
from ..files.plain_asdf import plain_asdf
from .image_file import input_errors


@contextmanager
def background_image(path, shape):
    """Open the background image of a member.

    Parameters
    ----------
    path : str or None
        ASDF with an array `data`, or that of a Level 2 image, in the units of the member's data. None: there is none.
    shape : (int, int)
        ny, nx of the member.

    Yields
    ------
    ndarray, shape (ny, nx)
        Mapped into memory; 0 everywhere where there is none.

    Raises
    ------
    InputError
        If there is no such array.
    """
    if path is None:
        yield np.broadcast_to(np.float32(0), shape)
        return
    advice = "check skymatch.background_images"
    with input_errors(path, "cannot be read as ASDF", advice), plain_asdf():
        file = asdf.open(path, memmap=True, ignore_unrecognized_tag=True)
    try:
        with input_errors(path, "cannot be read as ASDF", advice), plain_asdf():
            array = file.tree.get("roman", file.tree).get("data")
            array = np.asarray(array) if hasattr(array, "shape") else None
        if array is None or array.shape != tuple(shape) or array.dtype.kind not in "fiu":
            found = "none" if array is None else f"{array.dtype} of shape {array.shape}"
            needed = f"an array 'data' of numbers of shape {tuple(shape)} is needed"
            raise InputError(f"{path}: {needed}, not {found}: {advice}")
        yield array
    finally:
        file.close()
