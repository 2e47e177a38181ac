"""Measure bias and scatter of sky statistics between two exposures of a crowded field, as a Markdown table.

Usage, from the repository's root:  python -m tests.bench.sky_statistics
"""

import numpy as np
from wfimosaic.sky.sky_statistic import measure_difference, measure_sky

CLIPPED = {"lower": None, "upper": None, "nclip": 5, "lsigma": 4.0, "usigma": 4.0, "binwidth": 0.1}
STATISTICS = {
    "mode": CLIPPED | {"skystat": "mode"},
    "mean": CLIPPED | {"skystat": "mean"},
    "median": CLIPPED | {"skystat": "median"},
    "median, nclip 0": CLIPPED | {"skystat": "median", "nclip": 0},
    "difference": CLIPPED | {"skystat": "difference"},
}
SIZE = 700
STAMP = 25
FIELDS, TRIALS = 3, 12


def draw_field(rng, covered, dithers):
    """Draw stars and galaxies in units of the shallow exposure's noise until they cover a part of the pixels.

    Parameters
    ----------
    rng : numpy.random.Generator
    covered : float
        Part of the pixels with more light than the noise.
    dithers : list of (float, float)
        Offsets of the exposures [pixel].

    Returns
    -------
    list of ndarray of float32, shape (SIZE, SIZE)
    """
    images = [np.zeros((SIZE, SIZE), np.float32) for _ in dithers]
    while (images[0] > 1).mean() < covered:
        for _ in range(50):
            x, y = rng.uniform(0, SIZE, 2)
            flux, width = min(8 * (rng.pareto(1) + 0.3), 1e5), rng.uniform(2, 5) if rng.random() < 0.4 else 0
            for image, (dx, dy) in zip(images, dithers, strict=True):
                _add(image, x + dx, y + dy, flux, width)
    return images


def _add(image, x, y, flux, width):
    # A galaxy with an exponential profile, or a star with faint wings where the width is 0.
    rows, columns = (
        np.arange(max(0, round(at) - STAMP), min(SIZE, round(at) + STAMP + 1)).astype(np.float32) for at in (y, x)
    )
    distance = np.hypot(columns - x, rows[:, None] - y)
    if width:
        light = np.exp(-distance / width) / (2 * np.pi * width**2)
    else:
        light = 0.85 * np.exp(-((distance / 0.7) ** 2) / 2) / (2 * np.pi * 0.7**2)
        light += 0.15 * 3 / (8 * np.pi * (1 + distance**2 / 4) ** 1.75)
    image[np.ix_(rows.astype(int), columns.astype(int))] += flux * light


def _step(a, b, settings):
    if settings["skystat"] == "difference":
        both = measure_difference(a, b, **settings)
        return both.sky_i - both.sky_j
    return measure_sky(a, **settings).sky - measure_sky(b, **settings).sky


def main():
    """Print the table."""
    rng = np.random.default_rng(1)
    print("| covered | noise | " + " | ".join(STATISTICS) + " |")
    print("|---" * (2 + len(STATISTICS)) + "|")
    for covered in (0, 0.05, 0.1, 0.2, 0.3):
        fields = [draw_field(rng, covered, [(0, 0), (0.3, 0.4)]) for _ in range(FIELDS)]
        for ratio in (1, 1.1, 1.5, 3):
            found = {name: [] for name in STATISTICS}
            for trial in range(TRIALS):
                a, b = (
                    (image + rng.normal(0, noise, image.shape)).astype(np.float32).ravel()
                    for image, noise in zip(fields[trial % FIELDS], (1, 1 / ratio), strict=True)
                )
                for name, settings in STATISTICS.items():
                    found[name].append(_step(a, b, settings))
            cells = (f"{np.mean(steps):+.4f} ± {np.std(steps):.4f}" for steps in found.values())
            print(f"| {100 * covered:.0f} % | {ratio}:1 | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
