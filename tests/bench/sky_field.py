"""A simulated field of 40 members, and what matching their sky leaves."""

import tempfile
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
from wfimosaic.sky.sky_record import read_sky_record

SIZE, STEP = 300, 260
COLUMNS, ROWS, DITHERS = 5, 4, ((0, 0, 0), (110, 70, 3))


def pointings():
    """List the members' pointings, tiles that overlap, each twice: see `detector_wcs`."""
    return [
        (40 - ((column - 2) * STEP + dx) * PIXEL_SCALE / 3600, ((row - 1.5) * STEP + dy) * PIXEL_SCALE / 3600, roll)
        for dx, dy, roll in DITHERS
        for column in range(COLUMNS)
        for row in range(ROWS)
    ]


def simulate_field(folder, density, slope):
    """Write `_cal` files of these tiles: their paths, true skies and noise [MJy/sr].

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
    for pointing in pointings():
        level = 0.3 + 0.1 * rng.random()
        sky = SkyPlane((SIZE, SIZE), level, tuple((slope * level * rng.normal(size=2)).tolist()))
        model, _ = simulate_image(
            scene, pointing, shape=(SIZE, SIZE), background=level, seed=len(paths), cosmic_rays=20
        )
        model["data"] += sky.over(slice(None), slice(None)) - np.float32(level)
        paths.append(str(folder / f"m{len(paths):02d}_cal.asdf"))
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
