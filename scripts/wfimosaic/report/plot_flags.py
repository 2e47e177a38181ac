"""Draw where outliers were found on the sky, and how many of each detector's pixels are flagged."""

import numpy as np

from ..grid.fits_wcs import fits_wcs
from ..grid.grid import read_grid
from ..pictures.show_image import show_image
from ..pictures.sky_picture import saved_figure, sky_picture
from .flag_counts import read_flag_counts


def plot_flags(flags, grid, outliers, flagged, product):
    """Draw two pictures of flagged pixels as PNG.

    Parameters
    ----------
    flags : str
        What `count_flags` wrote.
    grid : str
        The mosaic grid's file.
    outliers, flagged : str
        The pictures to write: a map of the outliers, and fractions by detector.
    product : str
        For the titles.
    """
    grid = read_grid(grid)
    counts = read_flag_counts(flags)
    pixels, step = counts.pixels, counts.step
    percent = 100 * np.divide(counts.outliers, pixels, out=np.full(pixels.shape, np.nan), where=pixels > 0)
    total = 100 * counts.outliers.sum() / max(1, pixels.sum())
    title = f"{product}   outliers: {total:.3f} % of the members' pixels"
    with sky_picture(outliers, fits_wcs(grid.wcs, grid.shape, step), percent.shape, title) as axes:
        label = f"Outliers [% of the members' pixels in {step} x {step}]"
        show_image(axes, percent, label, low=0, high=_top(percent), cmap="inferno")
    _plot_detectors(counts.members, flagged, product)


def _top(percent):
    # Most boxes are empty: the colours are for the others.
    positive = percent[np.isfinite(percent) & (percent > 0)]
    return np.percentile(positive, 98) if positive.size else 1.0


def _plot_detectors(members, picture, product):
    detectors = sorted({member.detector for member in members})
    with saved_figure(picture, (max(6.0, 1.5 + 0.55 * len(detectors)), 6)) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        for axes, flagged, colour, what in (
            (upper, [member.outliers for member in members], "tab:orange", "outliers"),
            (lower, [member.other_bad for member in members], "tab:blue", "other bad pixels"),
        ):
            percent = {name: [] for name in detectors}
            for member, count in zip(members, flagged, strict=True):
                percent[member.detector].append(100 * count / member.pixels)
            means = [np.mean(values) for values in percent.values()]
            axes.bar(detectors, means, color=colour, alpha=0.45, label="mean of the detector")
            for name, values in percent.items():
                axes.plot([name] * len(values), values, ".", color="black", markersize=4)
            axes.plot([], [], ".", color="black", markersize=4, label="one member")
            axes.set_ylabel(f"{what} [%]")
            axes.set_ylim(bottom=0)
            axes.grid(axis="y", alpha=0.3)
            axes.legend(fontsize=8, loc="lower right")
        upper.set_title(f"{product}   flagged pixels by detector", fontsize=11)
        lower.tick_params(axis="x", rotation=0 if len(detectors) <= 8 else 60)
