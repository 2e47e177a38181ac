"""Find the pixels of a member that differ from the median of all exposures: the outlier algorithm."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OutlierSettings:
    """What is allowed to differ.

    `snr`: noise that is allowed, in units of the pixel's error, in the first pass and next to what it found;
    `scale`: blur that is allowed in these passes, in units of the median's largest step to a neighbour;
    `backg`: constant to subtract from the difference [MJy/sr]; `grow`: half-width of the box around what the
    first pass found [pixel]; `resample_data`: whether the median was drizzled and blotted, or is that of the
    members' own pixels, which nothing blurs: there only the first `snr` counts.
    """

    snr: tuple = (5.0, 4.0)
    scale: tuple = (1.2, 0.7)
    backg: float = 0.0
    grow: int = 1
    resample_data: bool = True

    @property
    def margin(self):
        """How far from a pixel others can decide about it [pixel]."""
        return self.grow + 1 if self.resample_data else 0


def find_outliers(data, err, median, settings):
    """Find pixels that differ from the median by more than is allowed.

    Parameters
    ----------
    data, err, median : ndarray of float32, shape (ny, nx)
        Sky-subtracted image, its 1-sigma error and the median as this detector saw it [MJy/sr]. In a cutout
        pixels nearer to its border than `settings.margin` may be decided otherwise than in the whole image.
    settings : OutlierSettings

    Returns
    -------
    ndarray of bool, shape (ny, nx)
    """
    deviation, allowed = deviation_and_allowed(data, err, median, settings)
    return deviation > allowed


def deviation_and_allowed(data, err, median, settings):
    """Compute how far each pixel is from the median, and how far it may be.

    Parameters
    ----------
    data, err, median, settings
        See `find_outliers`.

    Returns
    -------
    deviation, allowed : ndarray of float32, shape (ny, nx)
        [MJy/sr], NaN where there is no value or no median.

    References
    ----------
    romancal outlier_detection; Fruchter & Hook 2002, PASP 114, 144, section 5.
    """
    err = np.nan_to_num(err)
    with np.errstate(over="ignore"):  # where err is infinite nothing is an outlier
        if not settings.resample_data:
            return np.abs(data - median), np.float32(settings.snr[0]) * err
        step = steepest_step(median)
        deviation = np.abs(data - median - np.float32(settings.backg))
        first, second = (
            np.float32(scale) * step + np.float32(snr) * err
            for snr, scale in zip(settings.snr, settings.scale, strict=True)
        )
    return deviation, np.where(grown_mask(deviation > first, settings.grow), second, first)


def steepest_step(image):
    """Return each pixel's largest absolute difference to its four neighbours, NaN where it is NaN."""
    steepest = np.where(np.isnan(image), np.float32(np.nan), np.float32(0))
    for axis in (0, 1):
        step = np.abs(np.diff(image, axis=axis))
        for side in _neighbours(steepest, axis):
            np.fmax(side, step, out=side, where=~np.isnan(side))
    return steepest


def _neighbours(image, axis):
    # Views of all pixels but the last along an axis, and of all but the first.
    return (image[:-1], image[1:]) if axis == 0 else (image[:, :-1], image[:, 1:])


def grown_mask(mask, size):
    """Dilate a mask with a square footprint.

    Parameters
    ----------
    mask : ndarray of bool, shape (ny, nx)
    size : int
        How far the box reaches to each side [pixel].

    Returns
    -------
    ndarray of bool, shape (ny, nx)
    """
    for axis in (0, 1):
        mask = np.swapaxes(mask, 0, axis)
        wide = mask.copy()
        for step in range(1, size + 1):
            wide[step:] |= mask[:-step]
            wide[:-step] |= mask[step:]
        mask = np.swapaxes(wide, 0, axis)
    return mask
