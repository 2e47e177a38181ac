"""Read a part of a member as drizzle wants it: data that are finite, and a weight for each pixel."""

import numpy as np

from ..files.strips import strips
from .flags import bad_bits, good_pixels
from .weights import pixel_weights, sky_variance


def weighted_part(image, part, weight_type, good_bits):
    """Read a part of a member and weigh its pixels.

    Parameters
    ----------
    image : MappedImage
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
    complete = True
    for strip in strips(rows, shape[1]):
        own = slice(strip.start - rows.start, strip.stop - rows.start)
        values, dq = image.read("data", (strip, columns)), image.read("dq", (strip, columns))
        good = good_pixels(values, dq, good_bits)
        variance = None
        if weight_type.startswith("ivm"):
            variance = image.read("var_rnoise", (strip, columns))
        if weight_type == "ivm-sky":
            with_sky = values + (image.full_level - image.level)
            variance = sky_variance(with_sky, variance, image.read("var_poisson", (strip, columns)), _typical(image))
        weight[own] = pixel_weights(weight_type, good, variance, image.meta["exposure"].get("exposure_time"))
        data[own] = np.where(good, values - image.level, 0)
        complete = complete and np.count_nonzero(weight[own]) == np.count_nonzero((dq & bad_bits(good_bits)) == 0)
    return data, weight, complete


def _typical(image):
    # The median of the usable data with its sky, as romancal's ivm-sky wants it; evenly sampled when large.
    if not hasattr(image, "typical"):
        step = max(1, image.read("dq", (0, slice(None))).size // 2048)
        part = (slice(None, None, step), slice(None, None, step))
        data = image.read("data", part)
        good = good_pixels(data, image.read("dq", part), "~DO_NOT_USE")
        image.typical = np.median(data[good]) + (image.full_level - image.level) if good.any() else np.float32(0)
    return image.typical
