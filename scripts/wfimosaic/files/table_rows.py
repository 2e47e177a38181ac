"""Read some rows of a large table in an ASDF file without holding the others in memory."""

import numpy as np
from asdf._compression import _get_compressor

from .strips import release_pages


def read_rows(file, table, spans):
    """Read spans of rows.

    Parameters
    ----------
    file : asdf.AsdfFile
        Opened with `lazy_load` and `memmap`.
    table : asdf.tags.core.NDArrayType
        A one-dimensional array of its tree that has not been read yet. Uncompressed it is mapped into memory,
        compressed it is decompressed once, piece by piece.
    spans : list of (int, int)
        First row of each and the row after its last.

    Returns
    -------
    list of ndarray
        Copies, with the table's fields.
    """
    block = file._blocks.blocks[table._source]
    compression = block.header["compression"].strip(b"\0")
    if not compression:
        rows = np.asarray(table)
        copies = [np.array(rows[start:stop]) for start, stop in spans]
        release_pages(rows)
        return copies
    size = table.dtype.itemsize
    kept = _Kept([(start * size, stop * size) for start, stop in spans])
    stream = block._fd()
    stream.seek(block.data_offset)
    _get_compressor(compression.decode()).decompress(stream.read_blocks(block.header["used_size"]), out=kept)
    return [np.frombuffer(part, table.dtype) for part in kept.parts]


class _Kept:
    """What asdf decompresses into instead of an array: keeps the bytes of the spans alone."""

    def __init__(self, spans):
        self.spans = spans
        self.parts = [bytearray(stop - start) for start, stop in spans]

    def __setitem__(self, place, piece):
        for (start, stop), part in zip(self.spans, self.parts, strict=True):
            first, end = max(start, place.start), min(stop, place.stop)
            if first < end:
                part[first - start : end - start] = piece[first - place.start : end - place.start]
