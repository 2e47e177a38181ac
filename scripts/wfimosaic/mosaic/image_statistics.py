"""Basic figures of an image."""

import numpy as np

from ..files.strips import release_pages, strips

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
        image_median, image_rms (from the median absolute deviation) and good_pixel_fraction.
    """
    # It takes half a second to import; only the job that has all of the mosaic needs it.
    from astropy.stats import mad_std

    step = int(np.ceil(np.sqrt(data.size / MAX_PIXELS)))
    sample = np.empty((-(-data.shape[0] // step), -(-data.shape[1] // step)), data.dtype)
    for rows in strips(slice(0, len(sample)), data.shape[1]):
        sample[rows] = data[rows.start * step : rows.stop * step : step, ::step]
        release_pages(data)
    values = sample[np.isfinite(sample)]
    if values.size == 0:
        return {"image_median": float("nan"), "image_rms": float("nan"), "good_pixel_fraction": 0.0}
    return {
        "image_median": float(np.median(values)),
        "image_rms": float(mad_std(values)),
        "good_pixel_fraction": values.size / sample.size,
    }
