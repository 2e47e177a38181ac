"""Draw what weights do to the sky and to stars where the read noise variance follows the pixel's value.

Usage, from the repository's root:  python -m tests.bench.plot_weights [workflow/docs/weights.png]
"""

import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from tests.unit.ramp_variances import SKY, exposure, fluxes, make_mosaics, star_field

WEIGHTS = {"ivm": ("ivm, as romancal", "tab:red"), "ivm-sky": ("ivm-sky, the default", "tab:blue")}
FLUXES = np.geomspace(10, 10000, 13)
LIMIT = 50
FACTORS = {1.38: "-", 3: "--"}
DITHERS = np.random.default_rng(1).uniform(-6, 6, (6, 2))


def measure_sky():
    """Find the sky's offset from equal weights, in errors, for 1 to 6 exposures: dict of weight type to list."""
    offsets = {name: [] for name in WEIGHTS}
    for count in range(1, 7):
        models = [
            exposure(k, DITHERS[k], (300, 300), law=lambda value: np.where(value > SKY, 1.38, 1)) for k in range(count)
        ]
        *mosaics, equal = _mosaics(models, [*WEIGHTS, "none"])
        deep = equal["depth"] == count
        for name, mosaic in zip(WEIGHTS, mosaics, strict=True):
            offsets[name].append(np.mean((mosaic["data"] - equal["data"])[deep]) / np.median(mosaic["err"][deep]))
    return offsets


def measure_stars(factor):
    """Find the part of their flux that stars keep, compared with equal weights: dict of weight type to list."""
    kept = {name: [] for name in WEIGHTS}
    for flux in FLUXES:
        stars = star_field(flux)
        models = [
            exposure(k, DITHERS[k], (130, 130), stars, lambda value: np.where(value > LIMIT, factor, 1), noise=False)
            for k in range(4)
        ]
        *mosaics, equal = (fluxes(mosaic, stars) for mosaic in _mosaics(models, [*WEIGHTS, "none"]))
        for name, found in zip(WEIGHTS, mosaics, strict=True):
            kept[name].append(np.mean(found / equal))
    return kept


def _mosaics(models, weight_types):
    with tempfile.TemporaryDirectory() as folder:
        return make_mosaics(Path(folder), models, weight_types)


def plot(output):
    """Draw both into a PNG file."""
    mpl.use("agg")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, offsets in measure_sky().items():
        label, color = WEIGHTS[name]
        left.plot(range(1, 7), offsets, "o-", color=color, label=label)
    left.set(xlabel="exposures on a pixel", ylabel="sky - sky of equal weights\n[error of the mosaic]")
    left.set_title("Empty sky: variance 1.38 times as large above the sky", fontsize=9)
    for factor, line in FACTORS.items():
        for name, kept in measure_stars(factor).items():
            label, color = WEIGHTS[name]
            right.semilogx(FLUXES, kept, line, color=color, label=f"{label}: factor {factor}")
    right.set(xlabel="flux of the star [DN/s]", ylabel="flux over that of equal weights")
    right.set_title(f"Stars, 1.3 pixels wide: variance larger above {LIMIT} DN/s", fontsize=9)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="lower left")
    figure.savefig(output, dpi=110)


if __name__ == "__main__":
    plot(sys.argv[1] if len(sys.argv) > 1 else "workflow/docs/weights.png")
