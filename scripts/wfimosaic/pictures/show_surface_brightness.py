"""Show the sky in grey, so that faint galaxies and the cores of stars both show."""

import numpy as np
from astropy.stats import mad_std
from astropy.visualization import AsinhStretch, ImageNormalize

from .show_image import even_ticks, show_image


def show_surface_brightness(axes, image, norm):
    """Show an image of the sky in grey on sky axes.

    Parameters
    ----------
    axes : WCSAxes
    image : ndarray of float32, shape (ny, nx)
        [MJy/sr]
    norm : astropy.visualization.ImageNormalize
        See `stretch`.
    """
    even_ticks(show_image(axes, image, "Surface brightness [MJy/sr]", norm=norm, cmap="gray", grid="tab:cyan"))


def stretch(image, lower_percentile=1.0, upper_percentile=99.7):
    """Map values to grey levels: linear within the noise, logarithmic above.

    Faint galaxies and the cores of stars both show.

    Parameters
    ----------
    image : ndarray of float32, shape (ny, nx)
    lower_percentile, upper_percentile : float
        Values shown black and white.

    Returns
    -------
    astropy.visualization.ImageNormalize
    """
    finite = image[np.isfinite(image)]
    low, high = np.percentile(finite, [lower_percentile, upper_percentile]) if finite.size else (0.0, 1.0)
    high = high if high > low else low + 1
    scatter = mad_std(finite) if finite.size else 1.0
    knee = float(np.clip(2 * scatter / (high - low), 0.005, 1))
    return ImageNormalize(vmin=low, vmax=high, stretch=AsinhStretch(knee))
