"""The sky statistic of a sample of pixels."""

import numpy as np
from stsci.imagestats import ImageStats

from .sky_record import SkySample

# A peak between other bins, with more than one pixel in it, is the least that a histogram must have.
MIN_BINS = 3
MIN_PEAK = 2


def measure_sky(data, skystat, lower, upper, nclip, lsigma, usigma, binwidth):
    """Measure the sky in a sample of pixels.

    Parameters
    ----------
    data : ndarray of float32, shape (n,)
        Good pixels.
    skystat : str
        mean, median, midpt or mode, as gstatistics defines them. The last two are taken from a histogram;
        where it has no peak, as that of a constant, of a few pixels or with wide bins, the median is.
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
    # ImageStats itself takes the median of pixels beyond the limits too, if it does not clip.
    if lower is not None:
        data = data[data >= lower]
    if upper is not None:
        data = data[data <= upper]
    if data.size == 0:
        return None
    try:
        result = ImageStats(
            data, fields=f"npix,stddev,{skystat}", nclip=nclip, lsig=lsigma, usig=usigma, binwidth=binwidth
        )
    except (ValueError, RuntimeError):
        return None
    value = getattr(result, skystat)
    if skystat in ("midpt", "mode"):
        # What is left of the pixels lies between these two; the outermost bins reach beyond them.
        value = np.clip(value, result.min, result.max)
        if len(result.histogram) < MIN_BINS or result.histogram.max() < MIN_PEAK:
            value = np.median(data[(data >= result.min) & (data <= result.max)])
    if value is None or not np.isfinite(value):
        return None
    return SkySample(float(value), int(result.npix), float(result.stddev))
