"""Match the sky of a simulated field of 40 members, and compare the steps that are left with what noise allows.

Usage, from the repository's root:  python -m tests.bench.sky_field [density of sources ...]
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.images.sky_plane import SkyPlane
from wfimosaic.simulation.focal_plane import PIXEL_SCALE
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import CONVERSION, simulate_image
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.sky_levels import match_levels
from wfimosaic.sky.sky_record import read_sky_record

SIZE, STEP = 300, 260
COLUMNS, ROWS, DITHERS = 5, 4, ((0, 0, 0), (110, 70, 3))


def simulate_field(folder, density, slope):
    """Write `_cal` files of tiles that overlap, each twice: their paths, true skies and noise [MJy/sr].

    Parameters
    ----------
    folder : Path
    density : float
        Sources, relative to 150 stars and 150 galaxies in 1000 x 1000 pixels.
    slope : float
        Typical gradient, relative to the sky: from the middle of a member to an edge.
    """
    rng = np.random.default_rng(5)
    scene = make_scene(40, 0, 900 * PIXEL_SCALE, *[int(150 * density * 1.8**2)] * 2)
    paths, skies, noise = [], [], []
    for k, (dx, dy, roll) in enumerate(DITHERS):
        for column in range(COLUMNS):
            for row in range(ROWS):
                x = ((column - 2) * STEP + dx) * PIXEL_SCALE / 3600
                y = ((row - 1.5) * STEP + dy) * PIXEL_SCALE / 3600
                level = 0.3 + 0.1 * rng.random()
                sky = SkyPlane((SIZE, SIZE), level, tuple((slope * level * rng.normal(size=2)).tolist()))
                model, _ = simulate_image(
                    scene, (40 - x, y, roll), shape=(SIZE, SIZE), background=level, seed=len(paths), cosmic_rays=20
                )
                model["data"] += sky.over(slice(None), slice(None)) - np.float32(level)
                paths.append(str(folder / f"m{k}{column}{row}_cal.asdf"))
                save_image(model, paths[-1])
                skies.append(np.array([level, *sky.slope]) * CONVERSION)
                noise.append(float(np.median(model["err"]).astype(float)) * CONVERSION)
    return paths, np.array(skies), np.array(noise)


def match_field(density, slope, **settings):
    """Simulate a field and match its sky.

    Returns
    -------
    record : SkyRecord
    miss : ndarray of float64, shape (members, 3)
        What levels and gradients are off by, the levels' mean left out [MJy/sr].
    noise : ndarray of float64, shape (members,)
        Of a pixel [MJy/sr].
    grid : Grid
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths, skies, noise = simulate_field(folder, density, slope)
        stems = [Path(path).stem.removesuffix("_cal") for path in paths]
        grid, sky = str(folder / "grid.asdf"), str(folder / "sky.json")
        define_grid([(path, stem, None) for path, stem in zip(paths, stems, strict=True)], grid)
        match_sky(grid, sky, **settings)
        record, grid = read_sky_record(sky), read_grid(grid)
    miss = np.array([(one.level, *(one.slope or (0, 0))) for one in record.levels.values()]) - skies
    miss[:, 0] -= miss[:, 0].mean()
    return record, miss, noise, grid


def steps_left(density, plane):
    """Find the steps that matching leaves in the overlaps, and those that noise alone would leave [MJy/sr], and pulls.

    Returns
    -------
    left, allowed : float
        rms, of a part of each overlap if there are gradients.
    pulls : ndarray of float64, shape (members, 1 or 3)
        Of the levels, and gradients.
    """
    record, miss, noise, _ = match_field(density, 0.01 if plane else 0, plane=plane)
    error = np.array([(one.error, *(one.slope_error or (1, 1))) for one in record.levels.values()])
    left = [miss[o.i] @ (1, *o.place_i) - miss[o.j] @ (1, *o.place_j) for o in record.overlaps]
    # The median of Gaussian noise alone.
    noisy = [
        replace(o, error=1.2533 * np.hypot(noise[o.i] / np.sqrt(o.count_i), noise[o.j] / np.sqrt(o.count_j)))
        for o in record.overlaps
    ]
    allowed = match_levels(len(noise), noisy, plane=plane).step_error
    return _rms(left), _rms(allowed), (miss / error)[:, : 3 if plane else 1]


def _rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def main(densities=(0, 1, 4)):
    """Print a Markdown table."""
    print("| sources | planes | steps left [MJy/sr] | noise allows | ratio | pulls of levels | of gradients |")
    print("|---|---|---|---|---|---|---|")
    for density in densities:
        for plane in (False, True):
            left, allowed, pulls = steps_left(density, plane)
            slopes = f"{_rms(pulls[:, 1:]):.2f}" if plane else ""
            print(
                f"| {density:g} | {'yes' if plane else 'no'} | {left:.2g} | {allowed:.2g} | {left / allowed:.2f} "
                f"| {_rms(pulls[:, 0]):.2f} | {slopes} |",
                flush=True,
            )


if __name__ == "__main__":
    main(*[tuple(map(float, sys.argv[1:]))] if sys.argv[1:] else [])
