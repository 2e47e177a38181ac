"""The sky of an image: a level, and a gradient if it has one."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SkyPlane:
    """Sky that is a plane over an image of `shape` ny, nx.

    `level` [MJy/sr] is that of the image's middle, `slope` [MJy/sr] what is added from there to the right edge of the
    last column and to the upper edge of the last row.
    """

    shape: tuple
    level: float = 0.0
    slope: tuple = (0.0, 0.0)

    @classmethod
    def of(cls, background, shape):
        """Return the sky that an image's `meta.background` (or None) records."""
        background = background or {}
        slope = tuple(float(value) for value in background.get("slope") or (0.0, 0.0))
        return cls(tuple(shape), float(background.get("level") or 0.0), slope)

    def over(self, rows, columns):
        """Compute the sky of a part of the image.

        Parameters
        ----------
        rows, columns : slice

        Returns
        -------
        float32, or ndarray of float32, shape of the part
            A number where there is no gradient.
        """
        ny, nx = self.shape
        return self.at(np.arange(*rows.indices(ny))[:, None], np.arange(*columns.indices(nx)))

    def at(self, row, column):
        """Compute the sky at pixels: float32, or ndarray of float32 of the shape that both broadcast to."""
        if self.slope == (0.0, 0.0):
            return np.float32(self.level)
        u, v = relative_place(self.shape, column, row)
        return (self.level + self.slope[0] * u + self.slope[1] * v).astype(np.float32)


def relative_place(shape, x, y):
    """Return u, v of pixels x, y: from -1 to 1 between the edges of an image of `shape` ny, nx."""
    ny, nx = shape
    return (2 * np.asarray(x) + 1) / nx - 1, (2 * np.asarray(y) + 1) / ny - 1
