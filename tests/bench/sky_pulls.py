"""Pulls of sky levels and gradients over many simulated fields of 40 members, in memory.

Usage, from the repository's root:  python -m tests.bench.sky_pulls [fields] [fields with gradients]
"""

import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.grid.member_to_member import member_to_member
from wfimosaic.images.sky_plane import SkyPlane, relative_place
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.simulation.scene import make_scene, render, roman_psf
from wfimosaic.simulation.simulate_members import EXPOSURE_TIME, GAIN, READ_NOISE
from wfimosaic.sky.match_sky import DIFFERENCES_IN_COMMON
from wfimosaic.sky.overlaps import overlap_shares, overlapping_pairs, pixel_pairs, pixels_inside, split_overlap
from wfimosaic.sky.sky_levels import match_levels
from wfimosaic.sky.sky_record import Overlap
from wfimosaic.sky.sky_statistic import measure_difference

from tests.bench.sky_field import SIZE, pointings, simulate_field

SETTINGS = {"lower": None, "upper": None, "nclip": 5, "lsigma": 4.0, "usigma": 4.0, "binwidth": 0.1}
MEDIAN = np.sqrt(np.pi / 2)
# Gradients of one field have few independent ones: so many are drawn for each field of noise.
DRAWS = 8
SLOPE = 0.01


@cache
def members():
    """Place the members: Grid, and a WCS for each."""
    with tempfile.TemporaryDirectory() as name:
        paths, _, _ = simulate_field(Path(name), 0, 0)
        grid = str(Path(name) / "grid.asdf")
        define_grid([(path, Path(path).stem, None) for path in paths], grid)
        return read_grid(grid), [detector_wcs(pointing, 1, (SIZE, SIZE)) for pointing in pointings()]


@cache
def pairs(plane):
    """List the overlaps or their pieces, and the pixels of both members: list of (int, int, polygon, two arrays)."""
    grid, _ = members()
    found = []
    for (i, j), overlap in overlapping_pairs(grid).items():
        route = member_to_member(grid.members[i], grid.members[j])
        for polygon in split_overlap(overlap) if plane else [overlap]:
            both = zip(*pixel_pairs(route, pixels_inside(grid.members[i], polygon)), strict=True)
            found.append((i, j, polygon, *(np.concatenate(places, axis=1).astype(int) for places in both)))
    return found


def simulate(density, depths, slope, seed):
    """Simulate a field: list of images [DN/s], true planes (members, 3), noise of a pixel, part covered by sources."""
    rng = np.random.default_rng([seed, 7])
    _, wcs = members()
    scene = make_scene(40, 0, 900 * PIXEL_SCALE, *[int(150 * density * 1.8**2)] * 2, seed=seed)
    images, planes, noise, covered = [], [], [], []
    for k, of_member in enumerate(wcs):
        level = 0.3 + 0.1 * rng.random()
        plane = SkyPlane((SIZE, SIZE), level, tuple((slope * level * rng.normal(size=2)).tolist()))
        light = render(scene, of_member, (SIZE, SIZE), roman_psf("F158"))
        scale = depths[k * len(depths) // len(wcs)]
        error = scale * np.sqrt((light + level) / (GAIN * EXPOSURE_TIME) + READ_NOISE**2)
        data = light + plane.over(slice(None), slice(None)) + error * rng.standard_normal(light.shape, np.float32)
        y, x = rng.integers(0, SIZE, (2, 20))
        data[y, x] += error[y, x] * rng.uniform(30, 1000, 20)
        images.append(data.astype(np.float32))
        planes.append((level, *plane.slope))
        noise.append(scale * np.sqrt(level / (GAIN * EXPOSURE_TIME) + READ_NOISE**2))
        covered.append((light > noise[-1]).mean())
    return images, np.array(planes), np.array(noise), np.mean(covered)


def measure(images, plane):
    """Measure all overlaps: list of Overlap."""
    grid, _ = members()
    shape, found = (SIZE, SIZE), []
    for i, j, _, a, b in pairs(plane):
        difference = measure_difference(images[i][a[1], a[0]], images[j][b[1], b[0]], "difference", **SETTINGS)
        places = (tuple(relative_place(shape, *places.mean(axis=1))) for places in (a, b))
        found.append(Overlap(i, j, *difference, **dict(zip(("place_i", "place_j"), places, strict=True))))
    noise = [
        np.median([o.noise_i if o.i == k else o.noise_j for o in found if k in (o.i, o.j)]) for k in range(len(images))
    ]
    polygons = [(i, j, polygon) for i, j, polygon, _, _ in pairs(plane)]
    shares = overlap_shares(grid, polygons, np.array(noise), DIFFERENCES_IN_COMMON)
    return [replace(overlap, share=share) for overlap, share in zip(found, shares, strict=True)]


def pulls_of_field(density, depths, plane, seed):
    """Match a field: mean squares of the pulls of levels and gradients, of steps left and allowed, part covered."""
    slope = SLOPE if plane else 0
    images, planes, noise, covered = simulate(density, depths, slope, seed)
    measured, rng = measure(images, plane), np.random.default_rng(seed)
    i, j, at_i, at_j = (np.array(v) for v in zip(*((o.i, o.j, o.place_i, o.place_j) for o in measured), strict=True))

    def steps(of):
        return (of[i, 0] + (of[i, 1:] * at_i).sum(axis=1)) - (of[j, 0] + (of[j, 1:] * at_j).sum(axis=1))

    found = []
    for draw in range(DRAWS if plane else 1):
        true = planes if draw == 0 else planes * (1, 0, 0)
        true[:, 1:] += slope * true[:, :1] * rng.normal(size=(len(true), 2)) if draw else 0
        change = (steps(true) - steps(planes)).tolist()
        overlaps = [replace(o, sky_i=o.sky_i + more) for o, more in zip(measured, change, strict=True)]
        levels = match_levels(len(true), overlaps, plane=plane)
        miss = np.column_stack([levels.level, levels.slope]) - true
        miss[:, 0] -= miss[:, 0].mean()
        gaussian = [replace(o, error=MEDIAN * np.hypot(noise[o.i], noise[o.j]) / np.sqrt(o.count_i)) for o in overlaps]
        allowed = match_levels(len(true), gaussian, plane=plane).step_error
        of_slopes = miss[:, 1:] / levels.slope_error if plane else [0]
        found.append([np.mean(np.square(v)) for v in (miss[:, 0] / levels.error, of_slopes, steps(miss), allowed)])
    return *np.mean(found, axis=0), covered


def main(fields=40, with_gradients=20):
    """Print a Markdown table."""
    print("| covered | noise | planes | pulls of levels | of gradients | steps left, of what noise allows |")
    print("|---|---|---|---|---|---|")
    for plane, count in ((False, fields), (True, with_gradients)):
        for density in (0, 4, 14):
            for depths in ((1, 1), (1, 3)):
                found = np.array([pulls_of_field(density, depths, plane, 100 + k) for k in range(count)])
                squares = found[:, :2].mean(axis=0)
                pulls = np.sqrt(squares)
                errors = found[:, :2].std(axis=0) / np.sqrt(count) / 2 / np.maximum(pulls, 1e-9)
                cells = [f"{pull:.2f} ± {error:.2f}" for pull, error in zip(pulls, errors, strict=True)]
                ratio = np.sqrt(found[:, 2].mean() / found[:, 3].mean())
                print(
                    f"| {100 * found[:, 4].mean():.0f} % | {depths[0]}:{depths[1]} | {'yes' if plane else 'no'} "
                    f"| {cells[0]} | {cells[1] if plane else ''} | {ratio:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
