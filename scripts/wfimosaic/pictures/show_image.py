"""Show an image on sky axes with a colour bar."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator, NullLocator

TICKS = 9


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
    """Return a logarithmic colour scale for an image of positive values: matplotlib.colors.LogNorm."""
    low, high = _limits(image, None, None)
    return LogNorm(max(low, 1e-3 * high), high)


def even_ticks(bar):
    """Spread the ticks of a colour bar evenly: round values would crowd at the end of a scale that is not linear."""
    ticks = bar.norm.inverse(np.linspace(0, 1, TICKS))
    bar.set_ticks(ticks, labels=[f"{value:.3g}" for value in ticks])
    bar.minorticks_off()


def whole_ticks(axis):
    """Put the ticks of an axis of counts at whole numbers."""
    axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_minor_locator(NullLocator())


def _limits(image, low, high):
    finite = image[np.isfinite(image)]
    ends = np.percentile(finite, [0.5, 99.5]) if finite.size else (0.0, 1.0)
    low, high = (float(end if given is None else given) for given, end in zip((low, high), ends, strict=True))
    return (low, high) if high > low else (low - 0.5 * abs(low) - 1e-9, low + 0.5 * abs(low) + 1e-9)
