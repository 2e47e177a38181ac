"""What a member's pixels typically are: their noise, and the level of empty sky."""

import functools
from dataclasses import dataclass

import numpy as np

from ..images.flags import good_pixels
from ..images.stored_image import stored_image

# Distance of the rows that are looked at.
ROWS = 64
# Share of the pixels of empty sky that lie more than 1 sigma below its level [%].
BELOW = 15.9


@dataclass(frozen=True)
class TypicalPixels:
    """A member's typical `variance` of all noise and that of `read_noise` [(MJy/sr)^2], and the `level` of empty sky.

    The level is what matching and subtraction have left of it [MJy/sr]. All are NaN where no pixel is good.
    """

    variance: float
    read_noise: float
    level: float


@functools.lru_cache(maxsize=1024)
def typical_pixels(path, good_bits):
    """Measure a member's typical pixels.

    Parameters
    ----------
    path : str
        Its `_skymatch` file.
    good_bits : str
        Flags to ignore.

    Returns
    -------
    TypicalPixels
    """
    image = stored_image(path)
    part = (slice(None, None, ROWS), slice(None))
    data, err = image.read("data", part), image.read("err", part)
    good = good_pixels(data, image.read("dq", part), good_bits) & np.isfinite(err)
    if not good.any():
        return TypicalPixels(np.nan, np.nan, np.nan)
    noise = float(np.median(err[good]))
    # Stars raise the lower wing of the values least.
    level = float(np.percentile((data - image.sky.over(*part))[good], BELOW)) + noise
    return TypicalPixels(noise**2, float(np.median(image.read("var_rnoise", part)[good])), level)
