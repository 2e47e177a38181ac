"""Draw what is left of the sky of a simulated field, by statistic and with gradients.

Usage, from the repository's root:  python -m tests.bench.plot_sky_field [workflow/docs/sky.png]
"""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from wfimosaic.images.sky_plane import SkyPlane

from tests.bench.sky_field import match_field

CASES = {
    "levels by mode": (0, {"skystat": "mode"}),
    "levels by difference": (0, {}),
    "gradients of 1 %, levels alone": (0.01, {}),
    "gradients of 1 %, plane: true": (0.01, {"plane": True}),
}
BIN = 3
LIMIT = 0.1


def sky_left(miss, grid):
    """Average what the members' skies are off by on the grid: ndarray of float64, NaN where there is none."""
    shape = (grid.shape[0] // BIN + 1, grid.shape[1] // BIN + 1)
    total, count = np.zeros(shape), np.zeros(shape)
    for member, (level, *slope) in zip(grid.members, miss, strict=True):
        rows, columns = (slice(0, length) for length in member.shape)
        x, y = np.floor(np.moveaxis(member.pixel_map(rows, columns), -1, 0) / BIN).astype(int)
        inside = (x >= 0) & (y >= 0) & (x < shape[1]) & (y < shape[0])
        sky = np.broadcast_to(SkyPlane(member.shape, level, tuple(slope)).over(rows, columns), member.shape)
        np.add.at(total, (y[inside], x[inside]), -sky[inside])
        np.add.at(count, (y[inside], x[inside]), 1)
    return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)


def tilt(image):
    """Fit a plane, which no overlap sees: ndarray of the image's shape."""
    y, x = np.indices(image.shape)
    known = np.isfinite(image)
    terms = np.stack([np.ones(image.shape), x, y], axis=-1)
    return terms @ np.linalg.lstsq(terms[known], image[known], rcond=None)[0]


def plot(output):
    """Draw all cases into a PNG file."""
    mpl.use("agg")
    figure, panels = plt.subplots(1, len(CASES), figsize=(13, 3.1), layout="constrained")
    for axes, (name, (slope, settings)) in zip(panels, CASES.items(), strict=True):
        _, miss, noise, grid = match_field(1, slope, **settings)
        left = sky_left(miss, grid) / np.median(noise)
        left -= tilt(left)
        shown = axes.imshow(left, origin="lower", cmap="RdBu_r", vmin=-LIMIT, vmax=LIMIT, interpolation="nearest")
        axes.set_title(f"{name}\nrms {np.nanstd(left):.4f}", fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
        print(name, float(np.nanstd(left)))
    figure.colorbar(shown, ax=panels, shrink=0.9, extend="both").set_label("Sky left [noise of a pixel]")
    figure.savefig(output, dpi=110)


if __name__ == "__main__":
    plot(sys.argv[1] if len(sys.argv) > 1 else "workflow/docs/sky.png")
