"""Which pixels are good, from their data-quality flags."""

import functools

import numpy as np
from astropy.nddata.bitmask import interpret_bit_flags
from roman_datamodels.dqflags import pixel

from .errors import InputError

OUTLIER = np.uint32(pixel.DO_NOT_USE | pixel.OUTLIER)


def good_pixels(data, dq, good_bits):
    """Tell where an image can be used.

    Parameters
    ----------
    data : ndarray of float32
        The image; where it is not finite nothing is good.
    dq : ndarray of uint32
        Data-quality flags.
    good_bits : str or int or None
        Flags to ignore, in astropy's notation with Roman's names: ``~DO_NOT_USE+NON_SCIENCE``
        ignores all but these two, None ignores all.

    Returns
    -------
    ndarray of bool
    """
    return ((dq & bad_bits(good_bits)) == 0) & np.isfinite(data)


@functools.cache
def bad_bits(good_bits):
    """Turn flags to ignore into the bits that make a pixel bad, as uint32."""
    try:
        ignored = interpret_bit_flags(good_bits, flag_name_map=pixel)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{good_bits!r} are no data-quality flags: {error}") from None
    return np.uint32(0) if ignored is None else np.uint32(~ignored & 0xFFFFFFFF)
