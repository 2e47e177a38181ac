"""Draw where the members of a product lie on the sky, and the output grid around them."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.patches import Polygon, Rectangle

from ..grid.grid import read_grid
from ..pictures.show_image import whole_ticks
from ..pictures.sky_picture import sky_chart

# Most exposures that are named, and most members whose number is written into their footprint.
MAX_NAMES = 10
MAX_NUMBERS = 40
OUTLINE_STEP = 128
# Yellow must be seen on white.
DARKER = np.array([0.8, 0.8, 0.8, 1])


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
    corners = np.array([[-0.5, -0.5], [nx - 0.5, ny - 0.5]])
    groups = grid.groups()
    title = f"{product}   {len(outlines)} members of {len(groups)} exposure{'s' if len(groups) != 1 else ''}"
    with sky_chart(picture, grid, np.concatenate([*outlines, corners]), title) as axes:
        axes.add_patch(Rectangle((-0.5, -0.5), nx, ny, fill=False, color="black", linewidth=2, linestyle="--"))
        axes.plot([], [], color="black", linewidth=2, linestyle="--", label=f"output grid, {nx} x {ny} pixels")
        colours = DARKER * plt.get_cmap("turbo")(np.linspace(0.08, 0.92, len(groups)))
        for number, ((group, members), colour) in enumerate(zip(groups.items(), colours, strict=True), 1):
            for index in members:
                _draw(axes, outlines[index], colour, index + 1 if len(outlines) <= MAX_NUMBERS else "")
            if len(groups) <= MAX_NAMES:
                axes.plot([], [], color=colour, linewidth=2, label=f"exposure {number}: {group}")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), fontsize=8, ncols=2, frameon=False)
        if len(groups) > MAX_NAMES:
            scale = ScalarMappable(Normalize(0.5, len(groups) + 0.5), ListedColormap(colours))
            bar = axes.figure.colorbar(scale, ax=axes, shrink=0.85, pad=0.03)
            bar.set_label("Number of the exposure")
            whole_ticks(bar.ax.yaxis)


def _draw(axes, outline, colour, number):
    if number:
        axes.add_patch(Polygon(outline, facecolor=(*colour[:3], 0.08), edgecolor=colour, linewidth=1.2))
    else:
        axes.add_patch(Polygon(outline, fill=False, edgecolor=colour, linewidth=0.7))
    # Exposures of the same field do not write over each other.
    position = 0.85 * outline.mean(axis=0) + 0.15 * outline[0]
    axes.text(*position, number, color=DARKER * colour, fontsize=9, ha="center", va="center")
