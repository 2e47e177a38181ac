"""The read noise variance of every pixel, given by the file or derived from its error."""

import numpy as np


def read_noise_variance(err, var_poisson, var_rnoise=None, precision=0.0, typical=None, **others):
    """Return the read noise variance of every pixel, positive everywhere.

    Parameters
    ----------
    err, var_poisson : ndarray of float32, shape (ny, nx)
        Total error and Poisson variance.
    var_rnoise : ndarray of float32, optional
        As the file has it; else it is the remainder of err**2.
    precision : float
        Relative spacing of the numbers in the file: 2**-10 for half precision.
    typical : float, optional
        The detector's `typical_read_noise`; else that of these pixels.
    **others : ndarray of float32
        Further variances that err includes.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        `typical` where the rest is not positive or not finite, or where rounding may have made a tenth of
        it. Of half precision nothing but rounding is left in the cores of bright stars. A weight of zero
        would exclude them, and a thousandfold one would make a single pixel dominate a star's flux.
    """
    smallest = np.float32(0) if var_rnoise is not None else np.square(err) * np.float32(15 * precision)
    rest = _rest(err, var_poisson, var_rnoise, others)
    if typical is None:
        typical = _typical(rest)
    return np.where((rest > smallest) & (rest > 0) & (rest < np.inf), rest, typical).astype(np.float32)


def typical_read_noise(err, var_poisson, var_rnoise=None, **others):
    """Compute the median of the positive read noise variances of some pixels; NaN if there are none.

    Parameters
    ----------
    err, var_poisson, var_rnoise, **others
        As in `read_noise_variance`.
    """
    return _typical(_rest(err, var_poisson, var_rnoise, others))


def _rest(err, var_poisson, var_rnoise, others):
    if var_rnoise is not None:
        return var_rnoise
    rest = np.square(err)
    for variance in (var_poisson, *others.values()):
        rest -= variance
        rest[variance < 0] = np.nan
    return rest


def _typical(rest):
    positive = rest[(rest > 0) & (rest < np.inf)]
    return np.median(positive) if positive.size else np.float32(np.nan)
