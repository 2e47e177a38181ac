"""Checksums of a FITS extension whose data were written piece by piece.

References
----------
FITS standard 4.0, section 4.4.2.7 and appendix J: sums of 32-bit words in one's complement arithmetic.
"""

import numpy as np
from astropy.io import fits

BLOCK, CARD = 2880, 80
# Punctuation between digits and letters, which the encoded sum may not have.
EXCLUDED = {*range(0x3A, 0x41), *range(0x5B, 0x61)}


def add_words(total, content):
    """Add the words of a part of a file, whose length is a multiple of 4, to a sum: int."""
    total += int(np.frombuffer(content, ">u4").sum(dtype=np.uint64))
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def reserve_checksums(header):
    """Add the cards to a header that `write_checksums` fills in."""
    header["CHECKSUM"] = ("0" * 16, "of the whole extension")
    header["DATASUM"] = ("0", "of its data")


def write_checksums(path, start, total):
    """Write the checksums of an extension into its header.

    Parameters
    ----------
    path : str or Path
    start : int
        Where the extension begins [bytes].
    total : int
        The sum of its data, see `add_words`.
    """
    with open(path, "r+b") as file:
        file.seek(start)
        header = _read_header(file)
        cards = dict.fromkeys(("CHECKSUM", "DATASUM"))
        for name in cards:
            cards[name] = next(k for k in range(0, len(header), CARD) if header[k : k + 8] == f"{name:8}".encode())

        def put(name, value):
            comment = fits.Card.fromstring(bytes(header[cards[name] : cards[name] + CARD])).comment
            header[cards[name] : cards[name] + CARD] = str(fits.Card(name, value, comment)).encode()

        put("CHECKSUM", "0" * 16)
        put("DATASUM", str(total))
        put("CHECKSUM", encode(~add_words(total, header) & 0xFFFFFFFF))
        file.seek(start)
        file.write(header)


def _read_header(file):
    header = bytearray()
    while not any(header[k : k + CARD].rstrip() == b"END" for k in range(0, len(header), CARD)):
        header += file.read(BLOCK)
    return header


def encode(value):
    """Write a sum in the 16 letters and digits that make that of a whole extension -0: str."""
    letters = [0] * 16
    for k in range(4):
        quotient, rest = divmod(value >> (24 - 8 * k) & 0xFF, 4)
        codes = [quotient + 0x30 + rest] + 3 * [quotient + 0x30]
        while EXCLUDED & set(codes):
            for j in (0, 2):
                if codes[j] in EXCLUDED or codes[j + 1] in EXCLUDED:
                    codes[j], codes[j + 1] = codes[j] + 1, codes[j + 1] - 1
        letters[k::4] = codes
    return bytes(letters[-1:] + letters[:-1]).decode()
