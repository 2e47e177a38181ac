"""Which pixels are good, from their data-quality flags."""

import functools
import re

import numpy as np

from ..errors import InputError
from .flag_bits import FLAG_BITS

OUTLIER = np.uint32(FLAG_BITS["DO_NOT_USE"] | FLAG_BITS["OUTLIER"])
UNUSABLE = np.uint32(FLAG_BITS["DO_NOT_USE"] | FLAG_BITS["NON_SCIENCE"])


def good_pixels(data, dq, good_bits):
    """Find the pixels of an image that can be used.

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
    """Return the bits that make a pixel bad, from the flags to ignore, as uint32.

    Jobs that fork workers call it first, so that those have the answer and need not import a parser.
    """
    named = re.fullmatch(r"(~?)(\w+(?:\+\w+)*)", good_bits) if isinstance(good_bits, str) else None
    names = named[2].split("+") if named else []
    if names and set(names) <= set(FLAG_BITS):
        ignored = np.bitwise_or.reduce([FLAG_BITS[name] for name in names])
        return np.uint32(ignored if named[1] else ~ignored & 0xFFFFFFFF)
    # For all other ways to write it: importing that takes as long as all that a job does need.
    from astropy.nddata.bitmask import interpret_bit_flags

    try:
        ignored = interpret_bit_flags(good_bits, flag_name_map=FLAG_BITS)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{good_bits!r} are no data-quality flags: {error}") from None
    return np.uint32(0) if ignored is None else np.uint32(~ignored & 0xFFFFFFFF)
