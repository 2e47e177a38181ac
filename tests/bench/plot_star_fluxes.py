"""Draw what outlier detection takes from stars in each filter: workflow/docs/outliers.png, and the numbers as a table.

Usage, from the repository's root:  python -m tests.bench.plot_star_fluxes
"""

import logging
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from ..unit.star_field import PSFS, fluxes_lost, make_field

METHODS = {"romancal": ("C1", "s"), "pairwise": ("C0", "o")}
EXPOSURES, FIELDS, STARS = 4, 1, 100


def fluxes(optical_element, method):
    """Compute the share of their flux that stars of a few fields keep: ndarray of float."""
    kept = []
    for seed in range(FIELDS):
        with tempfile.TemporaryDirectory() as folder:
            field = make_field(Path(folder), optical_element, EXPOSURES, STARS, rays=0, seed=10 + seed)
            kept.append(fluxes_lost(field, method))
    kept = np.concatenate(kept)
    return kept[np.isfinite(kept)]


def main():
    """Draw the figure and print the table."""
    logging.disable(logging.WARNING)
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    print("| filter | stars | " + " | ".join(f"{method}: median, worst" for method in METHODS) + " |")
    places = range(len(PSFS.files))
    rows = {name: [str(name)] for name in PSFS.files}
    for method, (colour, marker) in METHODS.items():
        kept = {name: 100 * (fluxes(name, method) - 1) for name in PSFS.files}
        median, tenth = ([np.percentile(kept[name], q) for name in PSFS.files] for q in (50, 10))
        axes.plot(places, median, colour, marker=marker, label=f"method: {method}")
        axes.fill_between(places, tenth, [kept[name].max() for name in PSFS.files], color=colour, alpha=0.15, lw=0)
        for name in PSFS.files:
            rows[name] += [] if len(rows[name]) > 1 else [str(len(kept[name]))]
            rows[name].append(f"{np.median(kept[name]):.2f} %, {kept[name].min():.2f} %")
    print("\n".join("| " + " | ".join(row) + " |" for row in rows.values()))
    axes.axhline(0, color="0.6", lw=0.8, zorder=0)
    axes.set_xticks(places, PSFS.files)
    axes.set_ylabel("flux lost to flags [%]")
    axes.legend(loc="lower right")
    figure.savefig(Path(__file__).parents[2] / "workflow" / "docs" / "outliers.png", dpi=110)


if __name__ == "__main__":
    main()
