"""Fields of stars with Roman's own PSF, as dithered exposures see them, and what outlier detection makes of them."""

from collections import namedtuple
from pathlib import Path

import numpy as np
from scipy import ndimage
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.outliers.compare_exposures import compare_exposures
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.outlier_list import read_outliers
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import EXPOSURE_TIME, GAIN, READ_NOISE, name_exposure, simulate_image
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky

PSFS = np.load(Path(__file__).parents[1] / "psf" / "roman_psfs.npz")
OVERSAMPLED, HALF = 8, 10
SHAPE = (240, 240)
BACKGROUND = 0.3
# Nearer to the border other exposures may not have looked.
INNER = (slice(30, -30), slice(30, -30))

Field = namedtuple("Field", "folder paths stems grid rays clean err centres turned")


def add_star(data, x, y, flux, psf, width=1.0):
    """Add a star [DN/s] at a position [pixel], its PSF wider by a factor."""
    column, row = round(x), round(y)
    rows = np.arange(max(0, row - HALF), min(data.shape[0], row + HALF + 1))
    columns = np.arange(max(0, column - HALF), min(data.shape[1], column + HALF + 1))
    if len(rows) and len(columns):
        places = np.meshgrid((rows - y) / width, (columns - x) / width, indexing="ij")
        stamp = ndimage.map_coordinates(psf, (np.array(places) + HALF) * OVERSAMPLED, order=3, mode="nearest")
        data[np.ix_(rows, columns)] += flux * np.maximum(stamp, 0) / width**2


def make_field(folder, optical_element, exposures, stars, whole_pixels=False, roll=2.0, rays=0.001, seed=1):
    """Write `_skymatch` files of a field: Field.

    Parameters
    ----------
    folder : Path
    optical_element : str
    exposures, stars : int
        How many. Stars have 1 to 10000 DN/s.
    whole_pixels : bool
        Whether dithers are whole pixels without roll.
    roll : float
        Largest roll [deg].
    rays : float
        Share of pixels hit by 10 to 200 sigma.
    seed : int
    """
    rng = np.random.default_rng(seed)
    psf = PSFS[optical_element].astype(float)
    side = SHAPE[0] * PIXEL_SCALE / 3600
    ra = 80 + rng.uniform(-0.6, 0.6, stars) * side / np.cos(np.radians(30))
    dec, flux = -30 + rng.uniform(-0.6, 0.6, stars) * side, 10 ** rng.uniform(0, 4, stars)
    stems = [f"e{k}" for k in range(exposures)]
    cal, paths = ([str(folder / f"{stem}_{step}.asdf") for stem in stems] for step in ("cal", "skymatch"))
    hits, clean, errors, centres = [], [], [], []
    for k, path in enumerate(cal):
        dx, dy = rng.uniform(-12, 12, 2)
        turn = rng.uniform(-roll, roll)
        if whole_pixels:
            dx, dy, turn = round(dx), round(dy), 0.0
        step = PIXEL_SCALE / 3600
        pointing = (80 + dx * step / np.cos(np.radians(30)), -30 + dy * step, turn)
        x, y = detector_wcs(pointing, 1, SHAPE, with_inverse=True).invert(ra, dec, with_bounding_box=False)
        width = 1 + 0.02 * rng.standard_normal()
        data = np.full(SHAPE, BACKGROUND)
        for star in zip(x, y, flux, strict=True):
            add_star(data, *star, psf, width)
        variance = data / (GAIN * EXPOSURE_TIME) + READ_NOISE**2
        err = np.sqrt(variance)
        hit = rng.random(SHAPE) < rays
        amplitude = hit * err * rng.uniform(11, 200, SHAPE)
        # A ray raises the noise that the ramp fit reports too.
        poisson = (data + amplitude) / (GAIN * EXPOSURE_TIME)
        model, _ = simulate_image(
            make_scene(80, -30, 1, 0, 0), pointing, 1, SHAPE, BACKGROUND, cosmic_rays=0, bad_fraction=0, noise=False
        )
        name_exposure(model, "0" * 19, k + 1)
        model.meta["instrument"]["optical_element"] = optical_element
        model["data"] = (data + amplitude + err * rng.standard_normal(SHAPE)).astype(np.float32)
        model["err"] = np.sqrt(poisson + READ_NOISE**2).astype(model["err"].dtype)
        model["var_poisson"] = poisson.astype(model["var_poisson"].dtype)
        save_image(model, path)
        hits.append(hit)
        clean.append(data - BACKGROUND)
        errors.append(err)
        centres.append((x, y))
    grid, sky = str(folder / "grid.asdf"), str(folder / "sky.json")
    define_grid([(path, stem, None) for path, stem in zip(cal, stems, strict=True)], grid)
    match_sky(grid, sky)
    for source, output, stem in zip(cal, paths, stems, strict=True):
        subtract_sky(source, sky, output, stem)
    return Field(folder, paths, stems, grid, *(np.array(a) for a in (hits, clean, errors, centres)), roll > 5)


def outliers_of(field, **settings):
    """Find the outliers of a field: ndarray of bool, shape (exposures, ny, nx)."""
    median, output = str(field.folder / "median.asdf"), str(field.folder / "outliers.asdf")
    make_median(field.paths, field.grid, median, method="pairwise")
    compare_exposures(field.paths, field.grid, median, output, **settings)
    found = np.zeros((len(field.paths), SHAPE[0] * SHAPE[1]), bool)
    for mask, stem in zip(found, field.stems, strict=True):
        mask[read_outliers(output).pixels[stem]] = True
    return found.reshape(-1, *SHAPE)
