"""Weights of a member's pixels, and parts of members as drizzle takes them."""

import numpy as np

from ..files.strips import strips
from .flags import bad_bits
from .image_file import UNKNOWN
from .sky_noise import sky_noise_in


def pixel_weights(weight_type, good, variance=None, exposure_time=1.0):
    """Compute the weight of each pixel.

    Parameters
    ----------
    weight_type : str
        ivm and ivm-sky: 1 over `variance`; exptime: the exposure time; none: 1.
    good : ndarray of bool, shape (ny, nx)
        Others weigh 0.
    variance : ndarray of float32, shape (ny, nx)
        Read noise variance for ivm, that of empty sky for ivm-sky.
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


def known_time(exposure_time):
    """Return the exposure time [s]: 1 where it is unknown, as in romancal."""
    return 1.0 if exposure_time is None or exposure_time == UNKNOWN or not exposure_time > 0 else float(exposure_time)


def effective_time(exposure):
    """Return the time that a member adds to the mosaic's exposure time [s]: 0 where it is unknown.

    Parameters
    ----------
    exposure : mapping
        The metadata's exposure group.
    """
    for name in ("effective_exposure_time", "exposure_time"):
        time = exposure.get(name)
        if time is not None and time > 0 and np.isfinite(time):
            return float(time)
    return 0.0


def weighted_part(image, part, weight_type, good_bits):
    """Read a part of a member and weigh its pixels.

    Parameters
    ----------
    image : StoredImage
    part : (slice, slice)
        Rows and columns.
    weight_type : str
        See `pixel_weights`.
    good_bits : str
        Flags to ignore.

    Returns
    -------
    data, weight : ndarray of float32, shape of the part
        Sky-subtracted data [MJy/sr] and weights, both 0 where a pixel is flagged or not finite.
    complete : bool
        Whether every pixel whose flags are good has a weight.
    """
    rows, columns = part
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    data, weight = np.empty(shape, np.float32), np.empty(shape, np.float32)
    exposure_time = image.meta["exposure"].get("exposure_time")
    if weight_type == "ivm-sky":
        # Looked up as the variances are of which they are made.
        blocks = pixel_weights("ivm-sky", np.True_, np.asarray(image.meta["wfimosaic"]["sky_noise"]))
    complete = True
    for strip in strips(rows, shape[1]):
        local = slice(strip.start - rows.start, strip.stop - rows.start)
        values, dq = image.read("data", (strip, columns)), image.read("dq", (strip, columns))
        unflagged = (dq & bad_bits(good_bits)) == 0
        good = unflagged & np.isfinite(values)
        if weight_type == "ivm-sky":
            known = sky_noise_in(blocks, image["data"].shape, (strip, columns))
            weight[local] = np.where(good, known, np.float32(0))
        else:
            variance = image.read("var_rnoise", (strip, columns)) if weight_type == "ivm" else None
            weight[local] = pixel_weights(weight_type, good, variance, exposure_time)
        data[local] = np.where(good, values - image.sky.over(strip, columns), 0)
        complete = complete and np.count_nonzero(weight[local]) == np.count_nonzero(unflagged)
    return data, weight, complete
