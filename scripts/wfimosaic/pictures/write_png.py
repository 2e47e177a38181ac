"""Write a mosaic as a PNG with a pixel for each of its own, for posters and for programs that show images."""

import struct
import zlib

import numpy as np

from ..files.atomic_write import atomic_write
from ..files.strips import release_pages, strips
from ..mosaic.mosaic_file import open_mosaic
from .preview import open_preview
from .show_surface_brightness import stretch

# Grey of pixels on which nothing fell.
NOTHING = 224
# Of zlib: higher levels take several times as long for a few percent, as noise does not shrink.
COMPRESSION = 1


def write_png(mosaic, picture, lower_percentile=1.0, upper_percentile=99.7):
    """Write a mosaic in grey, first row at the bottom, a few rows at a time.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    picture : str
        The PNG to write, with the mosaic's size and the stretch of its first look.
    lower_percentile, upper_percentile : float
        Values shown black and white.

    References
    ----------
    Portable Network Graphics, W3C Recommendation 2003.
    """
    with open_preview(mosaic) as preview:
        norm = stretch(preview.read("data"), lower_percentile, upper_percentile)
    with open_mosaic(mosaic, plain=True) as roman, atomic_write(picture) as part, open(part, "wb") as file:
        data = np.asarray(roman["data"])
        ny, nx = data.shape
        file.write(b"\x89PNG\r\n\x1a\n")
        _write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", nx, ny, 8, 0, 0, 0, 0))
        packer = zlib.compressobj(COMPRESSION)
        for rows in reversed(list(strips(slice(0, ny), nx))):
            _write_chunk(file, b"IDAT", packer.compress(_lines(data[rows][::-1], norm)))
            release_pages(data)
        _write_chunk(file, b"IDAT", packer.flush())
        _write_chunk(file, b"IEND", b"")


def _lines(values, norm):
    # Grey levels, with a byte before each line that says that it is not filtered.
    finite = np.isfinite(values)
    grey = norm(np.where(finite, values, norm.vmin), clip=True)
    lines = np.zeros((values.shape[0], values.shape[1] + 1), np.uint8)
    lines[:, 1:] = np.where(finite, np.asarray(grey) * 255 + 0.5, NOTHING)
    return lines.tobytes()


def _write_chunk(file, kind, content):
    file.write(struct.pack(">I", len(content)) + kind + content)
    file.write(struct.pack(">I", zlib.crc32(kind + content)))
