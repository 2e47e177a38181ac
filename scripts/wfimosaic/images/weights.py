"""Weights of a member's pixels."""

import numpy as np

from .image_file import UNKNOWN


def pixel_weights(weight_type, good, variance=None, exposure_time=1.0):
    """Give each pixel its weight.

    Parameters
    ----------
    weight_type : str
        ivm and ivm-sky: 1 over `variance`; exptime: the exposure time; none: 1.
    good : ndarray of bool, shape (ny, nx)
        Others weigh 0.
    variance : ndarray of float32, shape (ny, nx)
        Read noise variance for ivm, sky variance for ivm-sky.
    exposure_time : float
        [s]; 1 where it is unknown, as in romancal.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
    """
    if weight_type in ("ivm", "ivm-sky"):
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = 1 / variance
        return np.where(good & np.isfinite(weight) & (weight > 0), weight, np.float32(0))
    value = known_time(exposure_time) if weight_type == "exptime" else 1.0
    return good * np.float32(value)


def known_time(seconds):
    """An exposure time that can be computed with [s]: 1 where it is unknown, as in romancal."""
    return 1.0 if seconds is None or seconds == UNKNOWN or not seconds > 0 else float(seconds)


def effective_time(exposure):
    """The time that a member adds to the mosaic's exposure time [s]: 0 where it is unknown.

    Parameters
    ----------
    exposure : mapping
        The metadata's exposure group.
    """
    for name in ("effective_exposure_time", "exposure_time"):
        seconds = exposure.get(name)
        if seconds is not None and seconds > 0 and np.isfinite(seconds):
            return float(seconds)
    return 0.0


def sky_variance(data, var_rnoise, var_poisson, sky):
    """Estimate the variance that each pixel would have on empty sky.

    Parameters
    ----------
    data : ndarray of float32, shape (ny, nx)
        Including the sky.
    var_rnoise, var_poisson : ndarray of float32, shape (ny, nx)
    sky : float
        Typical value of `data`.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        ``var_rnoise + var_poisson / data * sky``; var_rnoise alone where this is not positive.

    References
    ----------
    romancal.resample, weight type ivm-sky.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = var_rnoise + var_poisson / data * np.float32(sky)
    return np.where(np.isfinite(variance) & (variance > 0), variance, var_rnoise)
