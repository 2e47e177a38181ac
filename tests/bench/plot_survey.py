"""Draw skycells that were made one by one beside those of a field.

Usage, from the repository's root:  python -m tests.bench.plot_survey ALONE FIELD workflow/docs/survey.png

ALONE and FIELD are folders of results of the same associations, of skycells of one projection region, without and with
the option `field`.
"""

import sys
from pathlib import Path

import asdf
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon, Rectangle
from wfimosaic.grid.grid import read_grid

BINNING = 10


def draw(axes, results):
    """Draw all mosaics of a folder where they lie on their lattice, the border of each, and the members' footprints."""
    footprints, images = {}, []
    for path in sorted(Path(results).glob("*/*_mosaic_grid.asdf")):
        grid = read_grid(str(path))
        x, y = grid.origin
        ny, nx = grid.shape
        with asdf.open(next(path.parent.glob("*_i2d.asdf"))) as file:
            data = np.array(file["roman"]["data"])[: ny // BINNING * BINNING, : nx // BINNING * BINNING]
        blocks = data.reshape(ny // BINNING, BINNING, nx // BINNING, BINNING).transpose(0, 2, 1, 3)
        images.append((np.nanmedian(blocks, axis=(2, 3)), (x, x + nx, y, y + ny)))
        axes.add_patch(Rectangle((x, y), nx, ny, fill=False, edgecolor="tab:orange", linewidth=0.6))
        footprints |= {member.stem: member.outline(64) + grid.origin for member in grid.members}
    low, high = np.nanpercentile(np.concatenate([image.ravel() for image, _ in images]), (2, 90))
    for image, extent in images:
        axes.imshow(image, extent=extent, origin="lower", vmin=low, vmax=high, cmap="gray", interpolation="nearest")
    for outline in footprints.values():
        axes.add_patch(Polygon(outline, fill=False, edgecolor="tab:cyan", linewidth=0.6))
    left, right, bottom, top = np.array([extent for _, extent in images]).T
    axes.set(xlim=(left.min() - 20, right.max() + 20), ylim=(bottom.min() - 20, top.max() + 20), aspect="equal")
    axes.set_axis_off()


def main(alone, field, picture):
    """Write the picture."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 5), layout="constrained")
    for place, results, title in zip(axes, (alone, field), ("each cell alone", "one field"), strict=True):
        draw(place, results)
        place.set_title(title, fontsize=11)
    figure.savefig(picture, dpi=100)


if __name__ == "__main__":
    main(*sys.argv[1:])
