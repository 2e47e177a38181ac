"""An image that can be asked for its values at sky positions."""

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS
from scipy import ndimage

from ..mosaic.mosaic_file import open_mosaic

# The mosaics that were opened last, by path: pages of more, though mapped, would count as memory of the job.
MOST_OPEN = 8
OPENED = {}
# Of the positions of a tile every 64th tells whether any of them is on an image.
SPARSE = 64


@dataclass(frozen=True)
class SkyImage:
    """A mosaic's data, or an image in a `.npy` file, with an astropy WCS.

    Only what is asked for is read. `smooth`: interpolate between pixels, or take the nearest.
    """

    path: str
    wcs: WCS
    shape: tuple
    pixel_scale: float
    smooth: bool

    def pixels(self, ra, dec):
        """Compute where positions lie on the image.

        Parameters
        ----------
        ra, dec : ndarray of float64, shape (ny, nx)
            [deg], of a tile.

        Returns
        -------
        ndarray of float64, shape (2, ny, nx), or None
            y and x of each; None if all lie outside.
        """
        few = self._pixels(ra[::SPARSE, ::SPARSE], dec[::SPARSE, ::SPARSE])
        # As far as from one of the few to the next, others may be nearer; those of which nothing is known, anywhere.
        steps = [np.abs(np.diff(few, axis=axis)).max(initial=0) for axis in (1, 2)]
        if all(_touches(along, n, 1 + sum(steps)) for along, n in zip(few, self.shape, strict=True)):
            return self._pixels(ra, dec)
        return None

    def _pixels(self, ra, dec):
        x, y = self.wcs.all_world2pix(ra.ravel(), dec.ravel(), 0)
        return np.stack([y, x]).reshape(2, *ra.shape)

    def at(self, pixels, rim=0.5):
        """Return the values at positions.

        Parameters
        ----------
        pixels : ndarray of float64, shape (2, ny, nx)
            y and x, close together.
        rim : float
            How far outside of the centres of the outermost pixels their values count [pixel].

        Returns
        -------
        ndarray of float32, shape (ny, nx)
            NaN outside, and where a pixel that counts is NaN.
        """
        values = np.full(pixels.shape[1:], np.nan, np.float32)
        rows, columns = (_span(along, length) for along, length in zip(pixels, self.shape, strict=True))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return values
        cutout = np.array(_array(self.path)[rows, columns], np.float32)
        # The outer half of the outermost pixels has no neighbour to interpolate with.
        inside = [np.clip(place, 0, n - 1) for place, n in zip(pixels, self.shape, strict=True)]
        for place, near in zip(pixels, inside, strict=True):
            near[np.abs(place - near) > rim] = np.nan
        positions = np.stack(inside) - [[[rows.start]], [[columns.start]]]
        ndimage.map_coordinates(cutout, positions, values, order=1 if self.smooth else 0, cval=np.nan)
        return values


def _touches(coordinate, length, margin):
    return not (coordinate.max() < -margin or coordinate.min() > length + margin)


def _span(coordinate, length):
    inside = coordinate[np.isfinite(coordinate) & (coordinate > -1) & (coordinate < length)]
    if inside.size == 0:
        return slice(0, 0)
    return slice(max(0, int(inside.min()) - 1), min(length, int(inside.max()) + 3))


def _array(path):
    if path.endswith(".npy"):
        return np.load(path, mmap_mode="r")
    if path not in OPENED:
        if len(OPENED) == MOST_OPEN:
            stack, _ = OPENED.pop(next(iter(OPENED)))
            stack.close()
        stack = ExitStack()
        OPENED[path] = stack, np.asarray(stack.enter_context(open_mosaic(path, plain=True))["data"])
    return OPENED[path][1]
