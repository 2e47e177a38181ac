"""Draw the histogram of data / err in empty sky beside what drizzled noise looks like."""

import numpy as np

from ..mosaic.mosaic_file import MosaicRecord, open_mosaic
from ..pictures.sky_picture import saved_figure
from .noise_width import noise_samples, width

REACH = 5.0
BINS = 101


def plot_noise(mosaic, grid, picture, product):
    """Draw the noise of a mosaic as PNG.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    grid : str
        The mosaic grid's file.
    picture : str
        The PNG to write.
    product : str
        For the title.
    """
    sky, noise = noise_samples(mosaic, grid)
    with open_mosaic(mosaic) as roman:
        resample = MosaicRecord.of(roman["meta"]).settings["resample"]
        ratio = float(roman["meta"]["resample"]["pixel_scale_ratio"])
    found, expected = width(sky), width(noise)
    edges = np.linspace(-REACH, REACH, BINS)
    fine = np.linspace(-REACH, REACH, 500)
    with saved_figure(picture, (8, 5)) as figure:
        axes = figure.add_subplot()
        axes.hist(sky, edges, color="0.75", label=f"{sky.size} pixels of empty sky")
        scale = sky.size * (edges[1] - edges[0])
        for sigma, style, label in (
            (found, {"color": "tab:blue"}, f"width found: {found:.3f}"),
            (expected, {"color": "tab:orange", "linestyle": "--"}, f"width expected: {expected:.3f}"),
            (1.0, {"color": "black", "linestyle": ":"}, "width 1: independent pixels"),
        ):
            curve = np.exp(-((fine / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
            axes.plot(fine, scale * curve, label=label, **style)
        axes.set_yscale("log")
        axes.set_ylim(0.5, 3 * max(1.0, scale))
        axes.set_xlim(-REACH, REACH)
        axes.set_xlabel("(data - local median) / err")
        axes.set_ylabel("Pixels")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9, loc="lower center")
        what = f"{resample['kernel']} kernel, pixfrac {resample['pixfrac']:g}, pixel scale ratio {ratio:.4g}"
        axes.set_title(f"{product}   noise of empty sky ({what})", fontsize=11)
