"""Draw where the members of a product lie on the sky, and the output grid around them."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Polygon, Rectangle

from .fits_wcs import fits_wcs
from .grid import read_grid
from .sky_picture import sky_picture

# Most exposures that are named, and most members whose number is written into their footprint.
MOST_NAMES = 10
MOST_NUMBERS = 40
OUTLINE_STEP = 128


def plot_footprints(grid, picture, product):
    """Draw the footprints of all members as PNG.

    Parameters
    ----------
    grid : str
        The mosaic grid's file.
    picture : str
        The PNG to write.
    product : str
        For the title.
    """
    grid = read_grid(grid)
    ny, nx = grid.shape
    outlines = [member.outline(OUTLINE_STEP) for member in grid.members]
    corners = np.concatenate([*outlines, [[-0.5, -0.5], [nx - 0.5, ny - 0.5]]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    border = 0.03 * (high - low).max()
    groups = grid.groups()
    title = f"{product}   {len(outlines)} members of {len(groups)} exposure{'s' if len(groups) != 1 else ''}"
    size = tuple((high - low + 2 * border)[::-1])
    with sky_picture(picture, fits_wcs(grid.wcs, grid.shape), size, title) as axes:
        axes.set_facecolor("white")
        axes.set(xlim=(low[0] - border, high[0] + border), ylim=(low[1] - border, high[1] + border), aspect="equal")
        axes.coords.grid(color="black", alpha=0.15, linewidth=0.6)
        axes.add_patch(Rectangle((-0.5, -0.5), nx, ny, fill=False, color="black", linewidth=2, linestyle="--"))
        axes.plot([], [], color="black", linewidth=2, linestyle="--", label=f"output grid, {nx} x {ny} pixels")
        colours = plt.get_cmap("turbo")(np.linspace(0.08, 0.92, len(groups)))
        for number, ((group, members), colour) in enumerate(zip(groups.items(), colours, strict=True), 1):
            for index in members:
                _draw(axes, outlines[index], colour, index + 1 if len(outlines) <= MOST_NUMBERS else "")
            if len(groups) <= MOST_NAMES:
                axes.plot([], [], color=colour, linewidth=2, label=f"exposure {number}: {group}")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), fontsize=8, ncols=2, frameon=False)
        if len(groups) > MOST_NAMES:
            scale = ScalarMappable(Normalize(1, len(groups)), plt.get_cmap("turbo"))
            axes.figure.colorbar(scale, ax=axes, shrink=0.85, pad=0.03).set_label("Number of the exposure")


def _draw(axes, outline, colour, number):
    if number:
        axes.add_patch(Polygon(outline, facecolor=(*colour[:3], 0.08), edgecolor=colour, linewidth=1.2))
    else:
        axes.add_patch(Polygon(outline, fill=False, edgecolor=colour, linewidth=0.7))
    # Not all exposures write into the same place when they look at the same field.
    place = 0.85 * outline.mean(axis=0) + 0.15 * outline[0]
    axes.text(*place, number, color=colour * [0.7, 0.7, 0.7, 1], fontsize=9, ha="center", va="center")
