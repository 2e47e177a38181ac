"""How the noise is correlated around a mosaic's centre."""

from dataclasses import replace

import numpy as np

from ..files.strips import release_pages
from ..grid.blocks import Block
from ..grid.rectangle import Rectangle
from ..noise.sampled_drops import stamp_size
from .members_of_blocks import members_of_blocks
from .mosaic_block import mosaic_block

# Width of the area that counts [pixel].
SIZE = 64
# Rows and columns of a mosaic that are looked at to find its covered part.
MAX_LINES = 1000


def central_correlation(weight, members, grid, recipe):
    """Measure how noise is correlated around the covered pixel that is nearest to the middle of the mosaic.

    Parameters
    ----------
    weight : ndarray of float32, shape (ny, nx)
        Of the mosaic.
    members : list of str
        `_outlier_detection` files, in the grid's order.
    grid : Grid
    recipe : Recipe

    Returns
    -------
    correlation : Correlation
    position : (float, float)
        RA and Dec of that pixel [deg].
    """
    y, x = _covered_center(weight)
    margin = (SIZE + stamp_size(recipe.drop)) // 2
    area = Rectangle(slice(y, y + 1), slice(x, x + 1)).grown(margin, Rectangle.whole(grid.shape))
    block = Block(*area.slices, area)
    (near,) = members_of_blocks(members, grid, [block], recipe.drop.reach)
    correlation = mosaic_block(near, block, replace(recipe, realizations=0))["correlation"]
    return correlation, grid.wcs(x, y, with_bounding_box=False)


def _covered_center(weight):
    step = -(-max(weight.shape) // MAX_LINES)
    rows, columns = np.nonzero(weight[::step, ::step])
    release_pages(weight)
    middle = [(length - 1) / 2 for length in weight.shape]
    nearest = np.argmin(np.hypot(step * rows - middle[0], step * columns - middle[1]))
    return step * int(rows[nearest]), step * int(columns[nearest])
