"""Draw pictures of the sky: coordinates on the axes, a colour bar, one PNG."""

from contextlib import contextmanager

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from ..files.atomic_write import atomic_write
from ..grid.fits_wcs import fits_wcs

# The image's sides [inch]: high enough to be read, low enough for a screen to show it as a whole.
WIDEST, HIGHEST = 8.0, 6.6
SHORTEST_SIDE = 2.5
NOTHING = "0.88"
# Around a chart, as a fraction of its longer side.
BORDER = 0.03


@contextmanager
def sky_picture(picture, wcs, shape, title):
    """Open axes with sky coordinates and save the picture when the block ends well.

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
    """Open white axes with sky coordinates that show all `points`, and save the picture as `sky_picture` does.

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
    """Open a figure of `size` [inch] and save it as PNG when the block ends well."""
    figure = plt.figure(figsize=size)
    try:
        yield figure
        with atomic_write(picture) as part:
            figure.savefig(part, dpi=130, bbox_inches="tight")
    finally:
        plt.close(figure)
