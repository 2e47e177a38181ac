"""Copy all of an ASDF file but its pixels, for those who look before a run.

What is needed to know where an image lies is a hundredth of its file: the tree, and the small arrays of its WCS.
"""

import struct

from ..errors import InputError
from ..files.atomic_write import atomic_write
from ..files.fingerprint import BLOCK
from .found import BrokenTransfer
from .remote_files import room_of

# Bytes that are asked for at once, the largest array that is copied, and the largest tree.
PIECE, SMALL, LARGEST_TREE = 2**18, 2**15, 2**26


def copy_header(url, output):
    """Copy a file without its large arrays, which are holes in the copy.

    Parameters
    ----------
    url : str
    output : str

    Raises
    ------
    InputError
        If it is no ASDF file, or its server does not send parts of files.

    References
    ----------
    The ASDF standard, "Low-level file layout".
    """
    try:
        _copy_header(url, output, room_of(url))
    except BrokenTransfer as error:
        raise InputError(f"{url}: {error}") from None


def _copy_header(url, output, room):
    size = room.look_up(url).size
    if size is None:
        raise InputError(f"{url}: its server does not tell sizes of files: copy it to look at its header")
    with atomic_write(output) as part, open(part, "wb") as file:
        file.truncate(size)
        pieces = _Pieces(room, url, size, file)
        place = _end_of_tree(pieces)
        while (head := pieces.read(place, 54)).startswith(BLOCK) and len(head) == 54:
            start = place + 6 + int.from_bytes(head[4:6], "big")
            (allocated,) = struct.unpack_from(">4x4xQ", head, 6)
            if allocated <= SMALL:
                pieces.read(start, allocated)
            place = start + allocated
        pieces.read(place, SMALL)  # the index of blocks


def _end_of_tree(pieces):
    text, length = b"", PIECE
    while b"\n...\n" not in text.replace(b"\r\n", b"\n"):
        if length > LARGEST_TREE or (text and len(text) == pieces.size):
            raise InputError(f"{pieces.url}: cannot be read as a Roman ASDF file: check the association")
        text, length = pieces.read(0, length), 4 * length
    end = text.index(b"\n...") + 4
    return end + (2 if text[end : end + 1] == b"\r" else 1)


class _Pieces:
    """Parts of a file, written to a copy when they are read."""

    def __init__(self, room, url, size, file):
        self.room, self.url, self.size, self.file = room, url, size, file
        self.start, self.content = 0, b""

    def read(self, start, length):
        """Read bytes of the file, fewer at its end: bytes."""
        stop = min(start + length, self.size)
        if stop <= start:
            return b""
        if not self.start <= start <= stop <= self.start + len(self.content):
            ahead = min(max(stop, start + SMALL), self.size)
            self.start, self.content = start, self.room.read_part(self.url, start, ahead)
            self.file.seek(start)
            self.file.write(self.content)
        return self.content[start - self.start : stop - self.start]
