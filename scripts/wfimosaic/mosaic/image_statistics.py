"""Basic figures of an image."""

import numpy as np

MAX_PIXELS = 2**24


def image_statistics(data):
    """Compute the median, the scatter and the fraction of pixels that have a value.

    Parameters
    ----------
    data : ndarray of float32, shape (ny, nx)
        NaN is no value. Images of more than 2**24 pixels are sampled evenly.

    Returns
    -------
    dict of str to float
        image_median, image_rms (1.4826 times the median absolute deviation) and
        good_pixel_fraction.
    """
    step = int(np.ceil(np.sqrt(data.size / MAX_PIXELS)))
    sample = data[::step, ::step]
    values = sample[np.isfinite(sample)]
    if values.size == 0:
        return {"image_median": float("nan"), "image_rms": float("nan"), "good_pixel_fraction": 0.0}
    median = np.median(values)
    return {
        "image_median": float(median),
        "image_rms": float(1.482602218505602 * np.median(np.abs(values - median))),
        "good_pixel_fraction": values.size / sample.size,
    }
