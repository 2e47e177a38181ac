"""A note in place of the image of a member that could not be read, so that others of its field can do without it."""

import os

import asdf

from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf

# An image is larger [bytes].
MAX_SIZE = 2**14


def write_unreadable(path, reason):
    """Write why there is no image.

    Parameters
    ----------
    path : str
        Of the image that there would be.
    reason : str
    """
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile({"unreadable": reason}).write_to(part)


def why_unreadable(path):
    """Return why there is no image in a file, None if there is one: str or None."""
    if os.path.getsize(path) > MAX_SIZE:
        return None
    with plain_asdf(), asdf.open(path) as file:
        return file.tree.get("unreadable")
