"""Draw a first look at a mosaic: asinh stretch, sky coordinates on the axes."""

import matplotlib

matplotlib.use("Agg")

import asdf
import matplotlib.pyplot as plt
import numpy as np
from astropy.visualization import AsinhStretch, ImageNormalize

from .whole_file import whole_file

MOST_PIXELS = 1500


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
    with asdf.open(mosaic, memmap=True) as file:
        roman = file["roman"]
        step = int(np.ceil(max(roman["data"].shape) / MOST_PIXELS))
        image = binned(np.asarray(roman["data"]), step)
        wcs, name = roman["meta"]["wcs"], str(roman["meta"]["filename"]).removesuffix("_i2d.asdf")
        element = roman["meta"]["instrument"]["optical_element"]
        exposures = roman["meta"]["resample"]["pointings"]
    finite = image[np.isfinite(image)]
    low, high = np.percentile(finite, [lower_percentile, upper_percentile]) if finite.size else (0.0, 1.0)
    ny, nx = image.shape
    figure = plt.figure(figsize=(9, 1.2 + 7.5 * ny / nx) if ny < nx else (1.8 + 8 * nx / ny, 9))
    axes = figure.add_subplot(projection=_every(wcs, step))
    axes.set_facecolor("0.85")
    high = high if high > low else low + 1
    # Linear within the noise, logarithmic above: faint galaxies and the cores of stars both show.
    scatter = 1.4826 * np.median(np.abs(finite - np.median(finite))) if finite.size else 1.0
    stretch = AsinhStretch(float(np.clip(2 * scatter / (high - low), 0.005, 1)))
    norm = ImageNormalize(vmin=low, vmax=high, stretch=stretch)
    shown = axes.imshow(image, origin="lower", norm=norm, cmap="gray", interpolation="nearest")
    axes.coords[0].set_axislabel("Right ascension (ICRS)")
    axes.coords[1].set_axislabel("Declination (ICRS)", minpad=0.5)
    axes.coords.grid(color="tab:cyan", alpha=0.35, linewidth=0.6)
    bar = figure.colorbar(shown, ax=axes, shrink=0.85, pad=0.03)
    bar.set_label("Surface brightness [MJy/sr]")
    axes.set_title(f"{name}   {element}, {exposures} exposure{'s' if exposures != 1 else ''}", fontsize=11)
    with whole_file(picture) as part:
        figure.savefig(part, dpi=130, bbox_inches="tight")
    plt.close(figure)


def binned(image, step):
    """Average an image over boxes of step x step pixels, NaN left out: ndarray of float32."""
    ny, nx = (n // step for n in image.shape)
    rows = []
    for y in range(ny):
        boxes = np.array(image[y * step : (y + 1) * step, : nx * step]).reshape(step, nx, step)
        good = np.isfinite(boxes)
        with np.errstate(invalid="ignore"):
            rows.append(np.where(good, boxes, 0).sum(axis=(0, 2)) / good.sum(axis=(0, 2)))
    return np.array(rows, np.float32)


def _every(wcs, step):
    # A FITS WCS of the boxes.
    from astropy.wcs import WCS

    transform = wcs.forward_transform
    if hasattr(transform, "crpix"):
        fits = WCS(naxis=2)
        fits.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        fits.wcs.crpix = (np.asarray(transform.crpix.value) + 0.5) / step + 0.5
        fits.wcs.crval = np.asarray(transform.crval.value)
        fits.wcs.cdelt = np.asarray(transform.cdelt.value) * step
        fits.wcs.pc = np.asarray(transform.pc.value)
        return fits
    return WCS(wcs.to_fits_sip(max_pix_error=1.0)).slice((slice(None, None, step), slice(None, None, step)))
