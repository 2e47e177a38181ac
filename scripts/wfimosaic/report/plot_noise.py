"""Draw how much data / err and the light in apertures scatter in empty sky, beside what the drops say."""

import numpy as np

from ..mosaic.mosaic_file import MosaicRecord, open_mosaic
from ..noise.apertures import aperture_error, circle
from ..pictures.point_source import magnitude
from ..pictures.sky_picture import saved_figure
from .empty_apertures import aperture_scatter
from .noise_width import TILE, noise_samples, sky_tiles, width

REACH = 5.0
BINS = 101
# Radii of apertures [arcsec].
RADII = np.geomspace(0.1, 1.6, 9)
# Width of a tile of sky in the largest of them.
IN_TILE = 8
SIGMA = 5


def plot_noise(mosaic, picture, apertures, product):
    """Draw the noise of a mosaic as PNG.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    picture, apertures : str
        The PNGs to write: the histogram of data / err, and how faint the light in apertures may be.
    product : str
        For the title.
    """
    with open_mosaic(mosaic) as roman:
        record = MosaicRecord.of(roman["meta"])
        ratio = float(roman["meta"]["resample"]["pixel_scale_ratio"])
        scale = 3600 * float(roman["meta"]["wcsinfo"]["pixel_scale"])
    tiles = list(sky_tiles(mosaic, max(TILE, int(IN_TILE * RADII[-1] / scale))))
    resample = record.settings["resample"]
    what = f"{resample['kernel']} kernel, pixfrac {resample['pixfrac']:g}, pixel scale ratio {ratio:.4g}"
    _plot_pixels(picture, noise_samples(tiles), record.noise, f"{product}   noise of empty sky ({what})")
    _plot_apertures(apertures, tiles, scale, record.noise, f"{product}   depth in apertures ({what})")


def _plot_pixels(picture, sky, noise, title):
    found = width(sky)
    lines = [(found, {"color": "tab:blue"}, f"width found: {found:.3f}")]
    if "pixel_scatter" in noise:
        expected, factor = noise["pixel_scatter"], noise["correlation_factor"]
        label = f"width expected: {expected:.3f} (correlation factor {factor:.3f})"
        lines.append((expected, {"color": "tab:orange", "linestyle": "--"}, label))
    lines.append((1.0, {"color": "black", "linestyle": ":"}, "width 1: independent pixels"))
    edges = np.linspace(-REACH, REACH, BINS)
    fine = np.linspace(-REACH, REACH, 500)
    with saved_figure(picture, (8, 5)) as figure:
        axes = figure.add_subplot()
        axes.hist(sky, edges, color="0.75", label=f"{sky.size} pixels of empty sky")
        scale = sky.size * (edges[1] - edges[0])
        for sigma, style, label in lines:
            curve = np.exp(-((fine / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
            axes.plot(fine, scale * curve, label=label, **style)
        axes.set_yscale("log")
        axes.set_ylim(0.5, 3 * max(1.0, scale))
        axes.set_xlim(-REACH, REACH)
        axes.set_xlabel("(data - local median) / err")
        axes.set_ylabel("Pixels")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9, loc="lower center")
        axes.set_title(title, fontsize=11)


def _plot_apertures(picture, tiles, scale, noise, title):
    errors = [np.median(tile.err[tile.empty]) for tile in tiles if tile.empty.any()]
    err = float(np.median(errors)) if errors else float("nan")
    circles = [circle(radius / scale) for radius in RADII]
    plain = np.array([np.sqrt(np.sum(aperture**2)) for aperture in circles])
    found = np.array([aperture_scatter(tiles, radius / scale) for radius in RADII])
    with saved_figure(picture, (8, 5)) as figure:
        axes = figure.add_subplot()

        def draw(factors, style, **more):
            axes.plot(RADII, magnitude(SIGMA * err * factors, scale), style, **more)

        draw(found * plain, "o", color="tab:blue", label="found in apertures on empty sky")
        if "kernel" in noise:
            shape = noise["pixel_scatter"], noise["kernel"]
            expected = np.array([aperture_error(1.0, aperture, *shape) for aperture in circles])
            draw(expected, "--", color="tab:orange", label="expected: err and the correlation kernel")
            draw(shape[0] * plain, ":", color="tab:red", label="if pixels were independent: too deep")
        draw(plain, ":", color="black", label="root of the sum of err$^2$")
        axes.set_xscale("log")
        axes.set_xticks(RADII[::2], [f"{radius:.2g}" for radius in RADII[::2]])
        axes.minorticks_off()
        axes.set_xlabel("Radius of the aperture [arcsec]")
        axes.set_ylabel(f"Light of {SIGMA} sigma in the aperture [AB mag]")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9, loc="lower left")
        axes.set_title(title, fontsize=11)
