"""Draw pictures of the sky: coordinates on the axes, a colour bar, one PNG."""

from contextlib import contextmanager

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from ..files.atomic_write import atomic_write
from ..grid.fits_wcs import fits_wcs

# The image's sides [inch]: high enough to be read, low enough for a screen to show it as a whole.
WIDEST, HIGHEST = 8.0, 6.6
SHORTEST_SIDE = 2.5
TICKS = 9
NOTHING = "0.88"
# Around a chart, as a fraction of its longer side.
BORDER = 0.03


@contextmanager
def sky_picture(picture, wcs, shape, title):
    """Give axes with sky coordinates and save the picture when the block ends well.

    Parameters
    ----------
    picture : str
        The PNG to write.
    wcs : astropy.wcs.WCS
    shape : (int, int)
        ny, nx of what will be shown.
    title : str

    Yields
    ------
    astropy.visualization.wcsaxes.WCSAxes
    """
    ny, nx = shape
    inch = min(WIDEST / nx, HIGHEST / ny)
    width, height = (max(SHORTEST_SIDE, inch * n) for n in (nx, ny))
    with saved_figure(picture, (width + 2.2, height + 1.1)) as figure:
        axes = figure.add_subplot(projection=wcs)
        axes.set_facecolor(NOTHING)
        axes.set_title(title, fontsize=11)
        axes.coords[0].set_axislabel("Right ascension (ICRS)")
        axes.coords[1].set_axislabel("Declination (ICRS)", minpad=0.5)
        for coordinate in axes.coords:
            coordinate.set_ticklabel(exclude_overlapping=True)
        yield axes


@contextmanager
def sky_chart(picture, grid, points, title):
    """Give white axes with sky coordinates that show all `points`, and save the picture as `sky_picture` does.

    Parameters
    ----------
    picture : str
        The PNG to write.
    grid : Grid
    points : ndarray of float64, shape (n, 2)
        x, y on the grid.
    title : str

    Yields
    ------
    astropy.visualization.wcsaxes.WCSAxes
        In pixels of the grid.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    border = BORDER * (high - low).max()
    (left, bottom), (right, top) = low - border, high + border
    with sky_picture(picture, fits_wcs(grid.wcs, grid.shape), (top - bottom, right - left), title) as axes:
        axes.set_facecolor("white")
        axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        axes.coords.grid(color="black", alpha=0.15, linewidth=0.6)
        yield axes


@contextmanager
def saved_figure(picture, size):
    """Give a figure of `size` [inch] and save it as PNG when the block ends well."""
    figure = plt.figure(figsize=size)
    try:
        yield figure
        with atomic_write(picture) as part:
            figure.savefig(part, dpi=130, bbox_inches="tight")
    finally:
        plt.close(figure)


def show_image(axes, image, label, low=None, high=None, grid="white", **style):
    """Show an image on sky axes with a colour bar.

    Parameters
    ----------
    axes : WCSAxes
    image : ndarray of float32, shape (ny, nx)
        NaN shows as the axes' own grey.
    label : str
        What the colours mean, with the unit.
    low, high : float, optional
        Values of the ends of the colour bar; else the 0.5th and 99.5th percentile.
    grid : str
        Colour of the lines of right ascension and declination.
    **style
        Of `imshow`.

    Returns
    -------
    matplotlib.colorbar.Colorbar
    """
    if "norm" not in style:
        style |= dict(zip(("vmin", "vmax"), _limits(image, low, high), strict=True))
    shown = axes.imshow(image, origin="lower", interpolation="nearest", **style)
    axes.coords.grid(color=grid, alpha=0.35, linewidth=0.6)
    bar = axes.figure.colorbar(shown, ax=axes, shrink=0.85, pad=0.03)
    bar.set_label(label)
    return bar


def logarithmic(image):
    """Give each step by the same factor the same colours: matplotlib.colors.LogNorm for an image of positive values."""
    low, high = _limits(image, None, None)
    return LogNorm(max(low, 1e-3 * high), high)


def even_ticks(bar):
    """Spread the ticks of a colour bar evenly: round values would crowd at the end of a scale that is not linear."""
    ticks = bar.norm.inverse(np.linspace(0, 1, TICKS))
    bar.set_ticks(ticks, labels=[f"{value:.3g}" for value in ticks])
    bar.minorticks_off()


def _limits(image, low, high):
    finite = image[np.isfinite(image)]
    ends = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 1.0)
    low, high = (float(end if given is None else given) for given, end in zip((low, high), ends, strict=True))
    return (low, high) if high > low else (low - 0.5 * abs(low) - 1e-9, low + 0.5 * abs(low) + 1e-9)
