"""What a drop is, and how far it reaches (Fruchter & Hook 2002, PASP 114, 144)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Drop:
    """How a pixel's flux is spread: kernel, pixfrac and the output's pixel scale over the input's."""

    kernel: str
    pixfrac: float
    pixel_scale_ratio: float

    @property
    def reach(self):
        """How far flux goes from a pixel's centre, at most and whatever pixfrac is [output pixel]."""
        # Half of the diagonal of a pixel that distortion makes 6 % larger; other kernels do not follow distortion.
        half_width = {"square": 0.75, "turbo": 0.5, "point": 0.0, "gaussian": 1.2, "lanczos2": 2.0, "lanczos3": 3.0}
        return half_width[self.kernel] / self.pixel_scale_ratio

    @property
    def margin(self):
        """Output pixels around a block within which contributions are dropped.

        By drizzle, as far as flux goes and one input pixel more; 0 for square, which is not left to it.
        """
        return 0 if self.kernel == "square" else int(np.ceil(self.reach + 1 / self.pixel_scale_ratio))


def area_of(positions, drop, shape):
    """Find the rectangle that a part of a member falls into.

    Parameters
    ----------
    positions : ndarray of float64, shape (ny, nx, 2)
        Counted from the block's outer corner.
    drop : Drop
    shape : (int, int)
        Of the block.

    Returns
    -------
    (slice, slice)
        Rows and columns of the block.
    """
    border = (positions[0], positions[-1], positions[:, 0], positions[:, -1])
    low = np.min([side.min(axis=0) for side in border], axis=0) - drop.reach
    high = np.max([side.max(axis=0) for side in border], axis=0) + drop.reach
    return area_between(low, high, shape)


def area_between(low, high, shape):
    """Find the rectangle of a block from one position to another, x and y: rows and columns, two slices."""
    x, y = (
        slice(max(0, int(np.floor(first))), max(0, min(size, int(np.ceil(last)) + 1)))
        for first, last, size in zip(low, high, shape[::-1], strict=True)
    )
    return y, x
