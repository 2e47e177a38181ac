"""Draw a first look at a mosaic: asinh stretch, sky coordinates on the axes."""

import numpy as np
from astropy.visualization import AsinhStretch, ImageNormalize

from .preview import open_preview
from .sky_picture import even_ticks, show_image, sky_picture


def plot_mosaic(mosaic, picture, lower_percentile=1.0, upper_percentile=99.7):
    """Draw a mosaic as PNG.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    picture : str
        The PNG to write.
    lower_percentile, upper_percentile : float
        Values shown black and white.
    """
    with open_preview(mosaic) as preview:
        image = preview.read("data")
        exposures = preview.meta["resample"]["pointings"]
        title = preview.title(f"{exposures} exposure{'s' if exposures != 1 else ''}")
        with sky_picture(picture, preview.wcs, image.shape, title) as axes:
            show_surface_brightness(axes, image, stretch(image, lower_percentile, upper_percentile))


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
    scatter = 1.4826 * np.median(np.abs(finite - np.median(finite))) if finite.size else 1.0
    knee = float(np.clip(2 * scatter / (high - low), 0.005, 1))
    return ImageNormalize(vmin=low, vmax=high, stretch=AsinhStretch(knee))
