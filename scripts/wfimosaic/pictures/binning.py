"""Make large images small, strip by strip, so that memory does not grow with them."""

import numpy as np

from ..files.strips import release_pages


def binned(image, step):
    """Average an image over boxes of step x step pixels.

    Parameters
    ----------
    image : ndarray of float, shape (ny, nx)
        May be mapped from a file: it is read once, `step` rows at a time.
    step : int

    Returns
    -------
    ndarray of float32, shape (ny // step, nx // step)
        NaN counts for nothing; where a box has nothing else it is NaN.
    """
    ny, nx = (n // step for n in image.shape)
    rows = np.empty((ny, nx), np.float32)
    for y in range(ny):
        boxes = np.array(image[y * step : (y + 1) * step, : nx * step]).reshape(step, nx, step)
        release_pages(image)
        good = np.isfinite(boxes)
        with np.errstate(invalid="ignore"):
            rows[y] = np.where(good, boxes, 0).sum(axis=(0, 2)) / good.sum(axis=(0, 2))
    return rows


def sampled(image, step):
    """Take the middle pixel of every box of step x step pixels.

    Parameters
    ----------
    image : ndarray, shape (ny, nx)
        May be mapped from a file.
    step : int

    Returns
    -------
    ndarray, shape (ny // step, nx // step)
    """
    ny, nx = (n // step for n in image.shape)
    return thinned(image[step // 2 : ny * step : step, step // 2 : nx * step : step])


def thinned(view):
    """Copy a view of every so many-th pixel of an image row by row: ndarray of the view's shape."""
    copy = np.empty(view.shape, view.dtype)
    for target, row in zip(copy, view, strict=True):
        target[:] = row
        release_pages(view)
    return copy


def step_for(shape, most):
    """Size of the boxes that make an image of `shape` at most `most` pixels wide and high, or one pixel thin: int."""
    return max(1, min(-(-max(shape) // most), *shape))
