"""Notice that a file has been replaced, without reading its pixels."""

import hashlib
import os
import struct

from ..errors import InputError

BLOCK = b"\xd3BLK"


def fingerprint(path):
    """Compute a mark that changes with the content of an ASDF file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        A hash of the tree and of the blocks' headers, which contain their sizes and checksums. Touching or
        copying the file does not change it.

    Raises
    ------
    InputError
        If the file ends before its blocks do.

    References
    ----------
    The ASDF standard, "Low-level file layout".
    """
    with open(path, "rb") as file:
        content = hashlib.sha256()
        for line in file:
            content.update(line)
            if line.rstrip() == b"...":
                break
        while file.read(4) == BLOCK:
            size = int.from_bytes(file.read(2), "big")
            header = file.read(size)
            content.update(header)
            if len(header) < 48:
                break
            end = file.tell() + struct.unpack_from(">4x4xQ", header)[0]
            if end > os.path.getsize(path):
                raise InputError(f"{path}: is truncated: copy it again")
            file.seek(end)
    return content.hexdigest()[:16]


def check_not_replaced(path, expected):
    """Check that a file is the one that the grid was defined for.

    Parameters
    ----------
    path : str or Path
    expected : str or None
        Its fingerprint then; None if nobody took it.

    Raises
    ------
    InputError
    """
    if expected is not None and fingerprint(path) != expected:
        raise InputError(
            f"{path}: has changed since the grid was defined: run again, if that does not help with "
            "--forcerun define_grid"
        )
