"""A mosaic made small enough to be drawn."""

from contextlib import contextmanager

import numpy as np

from ..association.association import product_of
from ..grid.fits_wcs import fits_wcs, plane_wcs
from ..grid.stored_plane import stored_plane
from ..mosaic.mosaic_file import open_mosaic
from .binning import binned, sampled, step_for

# About as many as a picture has for them: more would be dropped when it is drawn.
MAX_PIXELS = 1000


class Preview:
    """A mosaic whose arrays are read as boxes of `step` x `step` pixels.

    `wcs` is the boxes' astropy WCS, `shape` ny, nx of the boxes, `meta` the mosaic's metadata as the file has them
    (see `plain_asdf`), `name` its product.
    """

    def __init__(self, path, roman, most=MAX_PIXELS):
        self._roman = roman
        self.meta = roman["meta"]
        self.name = product_of(str(self.meta["filename"]))
        full = roman["data"].shape
        self.step = step_for(full, most)
        self.shape = tuple(n // self.step for n in full)
        plane = stored_plane(self.meta["wcs"])
        self.wcs = plane_wcs(plane, self.step) if plane else _fitted(path, full, self.step)

    def read(self, name):
        """Average an array over the boxes: ndarray of float32."""
        return binned(np.asarray(self._roman[name]), self.step)

    def sample(self, name):
        """Take the pixel in the middle of each box, with its own noise: ndarray of float32."""
        return sampled(np.asarray(self._roman[name]), self.step)

    def context(self):
        """Context of the pixel in the middle of each box: yields its planes, ndarray of uint32."""
        for plane in np.asarray(self._roman["context"]):
            yield sampled(plane, self.step)

    def title(self, what):
        """A picture's title."""
        return f"{self.name}   {self.meta['instrument']['optical_element']}   {what}"


def _fitted(path, shape, step):
    with open_mosaic(path) as roman:
        return fits_wcs(roman["meta"]["wcs"], shape, step)


@contextmanager
def open_preview(mosaic):
    """Open an `_i2d` file, mapped into memory: yields Preview."""
    with open_mosaic(mosaic, plain=True) as roman:
        yield Preview(mosaic, roman)
