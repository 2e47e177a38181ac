"""Draw what outlier detection takes from stars' fluxes, by filter: both methods, and romancal's own run.

Usage, from the repository's root:  python -m tests.bench.plot_flux_bias ORACLE [workflow/docs/outliers.png]

ORACLE is the Python of an environment with romancal.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from tests.oracle.input_sets import TAGS, write_association
from tests.unit.star_field import aperture_fluxes, fluxes_lost, make_field

RUN = Path(__file__).parents[1] / "oracle" / "run_romancal.py"
FILTERS = ("F062", "F106", "F158", "F184", "F213")
EXPOSURES, STARS, SEEDS = 4, 100, (11, 12)
BRIGHT = 30
COLOURS = {"pairwise": "tab:blue", "romancal": "tab:orange", "romancal's own run": "tab:red"}


def _romancal_jobs(field):
    members = [path.replace("_skymatch", "_cal") for path in field.paths]
    association = str(write_association(field.folder / "asn.json", "field", members))
    for name in ("flagged", "skipped"):
        yield {
            "kind": "mosaic",
            "input": association,
            "folder": str(field.folder / name),
            "keep_steps": False,
            "settings": {"outlier_detection": {"skip": name == "skipped"}},
        }


def run_romancal(fields, oracle, folder):
    """Run romancal with and without outlier detection: list of ndarray, shape (stars,), as `fluxes_lost`."""
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([job for field in fields for job in _romancal_jobs(field)]))
    subprocess.run([oracle, RUN, jobs], check=True, capture_output=True, cwd=folder)
    mosaics = [[field.folder / name / "romancal_i2d.asdf" for name in ("flagged", "skipped")] for field in fields]
    return [
        np.divide(*(aperture_fluxes(field, mosaic) for mosaic in pair))
        for field, pair in zip(fields, mosaics, strict=True)
    ]


def biases(optical_element, oracle, folder):
    """Measure a filter's bright isolated stars: for each method those of all fields [%]."""
    fields = []
    for seed in SEEDS:
        place = folder / f"{optical_element}_{seed}"
        place.mkdir()
        fields.append(make_field(place, optical_element, EXPOSURES, STARS, rays=0, seed=seed, tag=TAGS["float16"]))
    ratios = {name: [fluxes_lost(field, name) for field in fields] for name in ("pairwise", "romancal")}
    ratios["romancal's own run"] = run_romancal(fields, oracle, folder)
    bright = np.concatenate([field.stars[2] > BRIGHT for field in fields])
    lost = {name: 100 * (np.concatenate(values) - 1) for name, values in ratios.items()}
    return {name: values[bright & np.isfinite(values)] for name, values in lost.items()}


def plot(oracle, output):
    """Draw all filters into a PNG file."""
    mpl.use("agg")
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for k, optical_element in enumerate(FILTERS):
        with tempfile.TemporaryDirectory() as folder:
            found = biases(optical_element, oracle, Path(folder))
        for n, (name, values) in enumerate(found.items()):
            low, median, high = np.percentile(values, (16, 50, 84))
            place = k + 0.2 * (n - 1)
            label = name if k == 0 else None
            axes.errorbar(place, median, [[median - low], [high - median]], fmt="o", color=COLOURS[name], label=label)
            print(
                f"{optical_element} {name}: {len(values)} stars, median {median:.3f} %, worst {values.min():.2f} %",
                flush=True,
            )
    axes.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_xticks(range(len(FILTERS)), FILTERS)
    axes.set_ylabel("flux of stars lost to flags [%]")
    axes.set_title(f"{EXPOSURES} exposures; median and 68 % of bright stars", fontsize=10)
    axes.legend(loc="lower right", fontsize=9)
    figure.savefig(output, dpi=100)


if __name__ == "__main__":
    plot(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "workflow/docs/outliers.png")
