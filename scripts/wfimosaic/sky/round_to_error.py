"""Round levels to a small part of their errors, so that what changes them by less leaves all that follows as it is."""

import numpy as np

# Digits that are kept of an error; a value keeps as many places.
DIGITS = 3


def round_to_error(value, error):
    """Round values to at most a hundredth of their errors, and the errors to three digits.

    Parameters
    ----------
    value, error : ndarray of float64, of the same shape
        Errors that are 0 or NaN leave theirs as they are.

    Returns
    -------
    value, error : ndarray of float64
    """
    known = np.isfinite(value) & np.isfinite(error) & (error > 0)
    places = DIGITS - 1 - np.floor(np.log10(error, where=known, out=np.zeros(np.shape(error)))).astype(int)
    rounded = [
        [round(number, n) if there else number for number, n, there in zip(*flat, strict=True)]
        for flat in ((array.ravel().tolist(), places.ravel().tolist(), known.ravel()) for array in (value, error))
    ]
    return tuple(np.reshape(array, np.shape(value)) for array in rounded)
