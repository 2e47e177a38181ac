"""The sky statistic of a sample of pixels, and its error."""

import functools

import numpy as np
from stsci.imagestats import ImageStats

from .sky_record import SkyDifference, SkySample

# A peak between other bins, with more than one pixel in it, is the least that a histogram must have.
MIN_BINS = 3
MIN_PEAK = 2
# Around the median, where the density of pixels says how well it is known.
QUANTILES = (0.4, 0.6)
# Fewer pixels have too few there.
MIN_COUNT = 1000
# Part of normally distributed values that is one standard deviation below the median: light only raises pixels.
ONE_SIGMA_BELOW = 0.1587
# Pixels that suffice for the skies themselves, and the noise.
ENOUGH = 2**15
# Light up to which pixels are compared, and differences that are not a cosmic ray's [standard deviations].
FAINT, TYPICAL = 2, 4
TRIALS = 40
SAMPLE_SIZES = 2 ** np.arange(6, 17, 2)


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
        value, rest = _gstatistics(data, skystat, nclip, lsigma, usigma, binwidth)
    except (ValueError, RuntimeError):
        return None
    if value is None or not np.isfinite(value):
        return None
    count, noise = int(rest.npix), float(rest.stddev)
    if skystat == "median":
        error = median_error(data[(data >= rest.min) & (data <= rest.max)])
    elif skystat == "mean":
        error = noise / np.sqrt(count)
    else:
        error = noise * histogram_error(count, skystat, nclip, lsigma, usigma, binwidth)
    return SkySample(float(value), count, noise, float(error))


def _gstatistics(data, skystat, nclip, lsigma, usigma, binwidth):
    # The statistic, and figures of the pixels that are left.
    rest = ImageStats(data, fields=f"npix,stddev,{skystat}", nclip=nclip, lsig=lsigma, usig=usigma, binwidth=binwidth)
    value = getattr(rest, skystat)
    if skystat in ("midpt", "mode"):
        # What is left of the pixels lies between these two; the outermost bins reach beyond them.
        value = np.clip(value, rest.min, rest.max)
        if len(rest.histogram) < MIN_BINS or rest.histogram.max() < MIN_PEAK:
            value = np.median(data[(data >= rest.min) & (data <= rest.max)])
    return value, rest


def measure_difference(one, other, skystat, lower, upper, nclip, lsigma, usigma, binwidth):
    """Measure how the sky of two members differs from pixels that look at the same places.

    It is the median of the differences: light that both see cancels, whatever their depth, and noise is as often above
    as below. Where there is more light than `FAINT`, what is left of it because the pixels do not lie on each other is
    more than noise, and alike in neighbours: these pixels are left out. Their light is that of the pixels before and
    after in both members, whose noise says nothing of the difference, so that the choice leaves no bias. The skies
    themselves, which differ by the median, are around the mean of the two members' medians.

    Parameters
    ----------
    one, other : ndarray of float32, shape (n,)
        Good pixels, row by row: number k of the one and number k of the other look at one place.
    skystat, binwidth
        Not used.
    lower, upper : float or None
        Limits of usable values of both.
    nclip : int
        Clipping iterations.
    lsigma, usigma : float
        What is as far above the one as another pixel below the other is clipped like it: both limits are the lower of
        these [standard deviations of the differences].

    Returns
    -------
    SkyDifference or None
        None if no pixel is left.
    """
    usable = np.ones(len(one), bool)
    for values in (one, other):
        usable &= (values >= (-np.inf if lower is None else lower)) & (values <= (np.inf if upper is None else upper))
    one, other = one[usable], other[usable]
    if not len(one):
        return None
    both = one + other
    light = np.roll(both, 1) + np.roll(both, -1)
    sky, width = _median_and_width(light[:: 1 + len(light) // ENOUGH])
    faint = light <= sky + FAINT * width
    one, other = one[faint], other[faint]
    sigma = min(lsigma, usigma)
    step = measure_sky(one - other, "median", None, None, nclip, sigma, sigma, binwidth)
    if step is None:
        return None
    sample = slice(None, None, 1 + len(one) // ENOUGH)
    middle, noise = _middle_and_noise(one[sample], other[sample])
    return SkyDifference(middle + step.sky / 2, middle - step.sky / 2, step.count, step.count, *noise, step.error)


def _middle_and_noise(one, other):
    # Middle of both skies, and noise: the difference, without light, is as correlated with each as its noise is.
    differences = one - other
    step, width = _median_and_width(differences)
    typical = np.abs(differences - step) <= TYPICAL * width
    (own, with_one), _ = np.cov(differences[typical], one[typical], bias=True)
    part = np.clip(with_one / own, 0, 1) if own > 0 else 0.5
    return float(np.median(one) + np.median(other)) / 2, (width * np.sqrt([part, 1 - part])).tolist()


def _median_and_width(values):
    low, median = np.quantile(values, (ONE_SIGMA_BELOW, 0.5))
    return float(median), float(median - low)


def median_error(data):
    """Compute the 1-sigma error of the median of independent values.

    It is 1 / (2 sqrt(n) density at the median), which light of stars and galaxies does not change as it does the
    standard deviation. Few values, too few for a density, are taken as normally distributed.

    Parameters
    ----------
    data : ndarray of float32, shape (n,)

    Returns
    -------
    float
    """
    if len(data) < MIN_COUNT:
        return float(np.sqrt(np.pi / 2 / len(data)) * np.std(data))
    low, high = np.quantile(data, QUANTILES)
    return float((high - low) / (2 * (QUANTILES[1] - QUANTILES[0]) * np.sqrt(len(data))))


def histogram_error(count, skystat, nclip, lsigma, usigma, binwidth):
    """Compute the 1-sigma error of the statistics of a histogram, for `count` pixels of pure noise of 1.

    The peak scatters more than a mean, by a power of the count that no formula gives. A power law is fitted to
    simulated noise here.

    Parameters
    ----------
    count : int
    skystat, nclip, lsigma, usigma, binwidth
        See `measure_sky`.

    Returns
    -------
    float
    """
    power, factor = _power_law(skystat, nclip, lsigma, usigma, binwidth)
    return float(np.exp(factor) * count**power)


@functools.cache
def _power_law(skystat, nclip, lsigma, usigma, binwidth):
    rng = np.random.default_rng(0)
    scatter = []
    for size in SAMPLE_SIZES:
        noise = rng.standard_normal((TRIALS, size), dtype=np.float32)
        values = [_gstatistics(sample, skystat, nclip, lsigma, usigma, binwidth)[0] for sample in noise]
        scatter.append(np.std(values))
    return np.polyfit(np.log(SAMPLE_SIZES), np.log(scatter), 1)
