"""ASDF files whose large arrays are filled where they stay: worker processes write to them, and nothing is copied."""

import hashlib
import io
import math
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from .scratch import take_room
from .strips import release_pages

MAGIC = b"\xd3BLK"
# Its own size, flags, compression, bytes allocated, used and of the data, MD5: the ASDF standard, "Blocks".
HEADER = struct.Struct(">H4s4sQQQ16s")
FRONT = len(MAGIC) + HEADER.size
# Arrays begin at multiples of so many bytes: those of the processor's cache lines.
ALIGNMENT = 64
# Bytes whose checksum is computed, or that are moved, at once.
CHUNK = 2**22


@dataclass(frozen=True)
class Place:
    """Where an array lies in a file, also one that is not yet whole."""

    path: str
    offset: int
    dtype: str
    shape: tuple

    @property
    def size(self):
        """Bytes."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    def map(self):
        """Map the array into memory, to be written to: numpy.memmap."""
        return np.memmap(self.path, self.dtype, "r+", self.offset, self.shape)


class ArrayFile:
    """A new file of arrays, of which each has its place.

    Parameters
    ----------
    path : str or Path
        Where it is until it is whole: in a scratch folder beside its later place.
    kinds : dict of str to (dtype, tuple of int)
        Type and shape of each array, of zeros.
    room : int
        Bytes to keep for the tree and its small arrays. If they are more, arrays are moved at the end.

    Attributes
    ----------
    places : dict of str to Place
    arrays : dict of str to ndarray
        The same, mapped into memory.

    Raises
    ------
    OSError
        If the disk has no room for the arrays. Without asking, a full disk would end the process that writes to them.
    """

    def __init__(self, path, kinds, room):
        offset, self.places = room, {}
        for name, (dtype, shape) in kinds.items():
            offset = _aligned(offset + FRONT)
            place = Place(str(path), offset, np.dtype(dtype).newbyteorder("<").str, tuple(shape))
            self.places[name], offset = place, offset + place.size
        self.path = path
        with open(path, "w+b") as file:
            take_room(file, 0, offset)
        self._map()

    def _map(self):
        self.arrays = {name: np.asarray(place.map()) for name, place in self.places.items()}

    def write(self, name, row, values):
        """Write whole rows of an array, which costs less than to fill its map: pages of a map are zeros first.

        Parameters
        ----------
        name : str
        row : int
            The first one.
        values : ndarray, shape (n, ...)
            Of the array's type.
        """
        place = self.places[name]
        with open(self.path, "r+b") as file:
            file.seek(place.offset + row * place.size // place.shape[0])
            file.write(np.ascontiguousarray(values, place.dtype))

    def finish(self, output, write_to, workers=1, checksums=True):
        """Write what is not yet there, the tree, small arrays and checksums, and let the file appear at its name.

        Parameters
        ----------
        output : str or Path
        write_to : callable
            What writes the tree, in which `arrays` come last and in their order: `write_to` of an AsdfFile.
        workers : int
            Threads.
        checksums : bool
            Whether large arrays get checksums, which take as long as all else.
        """
        stream = _Stream(self.arrays)
        write_to(stream, all_array_compression=None, include_block_index=False, write_checksums=False)
        alone = all(len(part) == FRONT for part in stream.parts[1:-1]) and not stream.parts[-1]
        if stream.found != list(self.places) or not alone:
            raise ValueError(f"{output}: the tree does not end with the arrays {list(self.places)}: {stream.found}")
        # Each array's header was written just before it.
        head, headers = stream.parts[0][:-FRONT], [part[-FRONT:] for part in stream.parts[:-1]]
        self._make_room(len(head))
        with ThreadPoolExecutor(workers) as pool:
            sums = list(pool.map(_md5 if checksums else _no_md5, self.arrays.values()))
        starts = [place.offset for place in self.places.values()]
        ends = [*(start - FRONT for start in starts[1:]), starts[-1] + list(self.places.values())[-1].size]
        offsets, head = _spread(head, starts[0] - FRONT)
        with open(self.path, "r+b") as file:
            file.write(head)
            for start, end, header, md5 in zip(starts, ends, headers, sums, strict=True):
                file.seek(start - FRONT)
                file.write(_changed(header, end - start, md5))
            file.seek(ends[-1])
            file.write(_index([*offsets, *(start - FRONT for start in starts)]))
        os.replace(self.path, output)

    def _make_room(self, size):
        # For a tree that is larger than somebody thought all arrays are moved, the last one first.
        first = next(iter(self.places.values())).offset - FRONT
        missing = _aligned(max(0, size - first))
        if not missing:
            return
        self.arrays = {}
        for name, place in reversed(self.places.items()):
            with open(place.path, "r+b") as file:
                for start in reversed(range(place.offset, place.offset + place.size, CHUNK)):
                    file.seek(start)
                    chunk = file.read(min(CHUNK, place.offset + place.size - start))
                    file.seek(start + missing)
                    file.write(chunk)
            self.places[name] = replace(place, offset=place.offset + missing)
        self._map()


class _Stream(io.RawIOBase):
    # What asdf writes, in parts between which arrays of some memory come.
    def __init__(self, arrays):
        self.names = {_address(array): name for name, array in arrays.items()}
        self.parts, self.found = [bytearray()], []

    def writable(self):
        return True

    def write(self, data):
        view = memoryview(data).cast("B")
        name = self.names.get(_address(np.frombuffer(view, np.uint8))) if len(view) else None
        if name is None:
            self.parts[-1] += view
        else:
            self.found.append(name)
            self.parts.append(bytearray())
        return len(view)


def _address(array):
    return array.__array_interface__["data"][0]


def _aligned(offset):
    return -(-offset // ALIGNMENT) * ALIGNMENT


def _spread(head, end):
    # The last of the small arrays gets the room up to the large ones. Offsets of the small ones, and what to write.
    offsets, position = [], head.find(b"\n...\n") + len(b"\n...\n")
    while head[position : position + len(MAGIC)] == MAGIC:
        offsets.append(position)
        start = position + FRONT
        position = start + HEADER.unpack_from(head, offsets[-1] + len(MAGIC))[3]
        header, data = head[offsets[-1] : start], head[start:position]
        space = (end if position == len(head) else position) - start
        head[offsets[-1] : start] = _changed(header, space, hashlib.md5(data).digest())
    return offsets, head.ljust(end, b"\0")


def _changed(header, allocated, md5):
    size, flags, compression, _, used, length, _ = HEADER.unpack_from(header, len(MAGIC))
    return MAGIC + HEADER.pack(size, flags, compression, allocated, used, length, md5)


def _index(offsets):
    lines = "".join(f"- {offset}\n" for offset in offsets)
    return f"#ASDF BLOCK INDEX\n%YAML 1.1\n---\n{lines}...\n".encode()


def _md5(array):
    md5, content = hashlib.md5(), array.reshape(-1).view(np.uint8)
    for start in range(0, content.size, CHUNK):
        md5.update(content[start : start + CHUNK])
        release_pages(array)
    return md5.digest()


def _no_md5(array):
    return bytes(hashlib.md5().digest_size)


def tree_size(path):
    """Return how many bytes the tree of an ASDF file takes, without its arrays: int."""
    with open(path, "rb") as file:
        for line in file:
            if line.rstrip() == b"...":
                break
        return file.tell()
