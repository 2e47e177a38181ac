"""Draw a first look at a mosaic: asinh stretch, sky coordinates on the axes."""

from ..mosaic.mosaic_file import MosaicRecord
from .preview import open_preview
from .show_surface_brightness import show_surface_brightness, stretch
from .sky_picture import sky_picture


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
        exposures = MosaicRecord.of(preview.meta).exposures
        title = preview.title(f"{exposures} exposure{'s' if exposures != 1 else ''}")
        with sky_picture(picture, preview.wcs, image.shape, title) as axes:
            show_surface_brightness(axes, image, stretch(image, lower_percentile, upper_percentile))
