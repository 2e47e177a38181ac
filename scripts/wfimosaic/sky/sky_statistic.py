"""The sky statistic of a sample of pixels."""

import numpy as np
from stsci.imagestats import ImageStats

from .sky_record import SkySample


def measure_sky(data, skystat, lower, upper, nclip, lsigma, usigma, binwidth):
    """Measure the sky in a sample of pixels.

    Parameters
    ----------
    data : ndarray of float32, shape (n,)
        Good pixels.
    skystat : str
        mean, median, midpt or mode, as gstatistics defines them.
    lower, upper : float or None
        Limits of usable values, in the data's unit.
    nclip : int
        Clipping iterations.
    lsigma, usigma : float
        Clipping limits [standard deviations].
    binwidth : float
        Of the histogram for midpt and mode [standard deviations].

    Returns
    -------
    SkySample or None
        None if no pixel is left.

    References
    ----------
    stsci.imagestats, IRAF gstatistics.
    """
    if data.size == 0:
        return None
    try:
        result = ImageStats(
            data,
            fields=f"npix,stddev,{skystat}",
            lower=lower,
            upper=upper,
            nclip=nclip,
            lsig=lsigma,
            usig=usigma,
            binwidth=binwidth,
        )
    except (ValueError, RuntimeError):
        return None
    value = getattr(result, skystat)
    if value is None or not np.isfinite(value):
        return None
    return SkySample(float(value), int(result.npix), float(result.stddev))
