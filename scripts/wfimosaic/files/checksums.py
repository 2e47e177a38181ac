"""Compare the arrays of an ASDF file with its checksums."""

import hashlib

from asdf._block.reader import ReadBlock

from ..errors import InputError

# Bytes of the largest array: a detector's has 64 MB.
MAX_SIZE = 2**34


def check_when_read(file, path):
    """Compare each block of an ASDF file with its checksum when it is read.

    asdf's own check refuses compressed blocks that releases up to 5.2.0 wrote: those stored the MD5 of the
    bytes before compression, later ones that of the stored bytes. Either is accepted here.

    Parameters
    ----------
    file : asdf.AsdfFile
        Opened with `lazy_load`, no array of it read yet. Reading one that does not match raises an InputError.
    path : str or Path
        For the message.

    References
    ----------
    The ASDF standard, "Block header": an optional MD5 checksum of the used data in the block.
    """
    for block in file._blocks.blocks:
        block.__class__ = _CheckedBlock
        block.path = path


class _CheckedBlock(ReadBlock):
    @property
    def data(self):
        if self.header["data_size"] > MAX_SIZE:
            raise InputError(f"{self.path}: the block at {self.data_offset} claims an impossible size: copy it again")
        data = super().data
        expected = self.header["checksum"]
        if any(expected) and expected not in self._checksums(data):
            raise InputError(f"{self.path}: the block at {self.data_offset} does not match its checksum: copy it again")
        return data

    def _checksums(self, data):
        # The second one is computed only where the first does not match.
        if any(self.header["compression"]):
            yield _md5(self._stored_bytes())
        yield _md5(data)

    def _stored_bytes(self):
        file = self._fd()
        position = file.tell()
        file.seek(self.data_offset)
        stored = file.read(self.header["used_size"])
        file.seek(position)
        return stored


def _md5(data):
    return hashlib.md5(data, usedforsecurity=False).digest()
