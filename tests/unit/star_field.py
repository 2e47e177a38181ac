"""Fields of stars with Roman's own PSF, as dithered exposures see them, and what outlier detection makes of them."""

from collections import namedtuple
from pathlib import Path

import asdf
import numpy as np
from scipy import ndimage, signal
from wfimosaic.comparison.compare_exposures import compare_exposures
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
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

Field = namedtuple("Field", "folder paths stems grid rays clean err centres stars skycell")
# Of aperture fluxes in mosaics, and from where to where the background is measured [detector pixel].
RADIUS, ANNULUS = 5, (6.5, 8)
# How many times its error a satellite's trail is at its middle.
TRAIL = 40


def add_star(data, x, y, flux, psf, width=1.0):
    """Add a star [DN/s] at a position [pixel], its PSF wider by a factor."""
    column, row = round(x), round(y)
    rows = np.arange(max(0, row - HALF), min(data.shape[0], row + HALF + 1))
    columns = np.arange(max(0, column - HALF), min(data.shape[1], column + HALF + 1))
    if len(rows) and len(columns):
        places = np.meshgrid((rows - y) / width, (columns - x) / width, indexing="ij")
        stamp = ndimage.map_coordinates(psf, (np.array(places) + HALF) * OVERSAMPLED, order=3, mode="nearest")
        data[np.ix_(rows, columns)] += flux * np.maximum(stamp, 0) / width**2


def add_galaxy(data, x, y, flux, radius, psf, index=1):
    """Add a galaxy [DN/s] of Sersic index 1 or 4 and a half-light radius [pixel] at a position, as the PSF shows it."""
    size, fine = 60, OVERSAMPLED
    column, row = round(x), round(y)
    axis = (np.arange(-size * fine, size * fine + 1)) / fine
    distance = np.hypot(axis - (x - column), (axis - (y - row))[:, None])
    profile = np.exp(-{1: 1.678, 4: 7.669}[index] * (distance / radius) ** (1 / index))
    # Faded out, so that its stamp has no edges.
    profile *= np.cos(np.pi / 2 * np.clip((distance - size / 2) / (size / 2 - 1), 0, 1)) ** 2
    # The PSF is integrated over pixels already, so that samples of what it smooths are pixels.
    smooth = signal.fftconvolve(profile, psf[20:-20, 20:-20], mode="same")[::fine, ::fine]
    stamp = flux * smooth / smooth.sum()
    rows, columns = np.arange(row - size, row + size + 1), np.arange(column - size, column + size + 1)
    inside = np.ix_((rows >= 0) & (rows < data.shape[0]), (columns >= 0) & (columns < data.shape[1]))
    target = np.ix_(rows[inside[0].ravel()], columns[inside[1].ravel()])
    data[target] += stamp[inside]


def make_field(
    folder,
    optical_element,
    exposures,
    stars,
    whole_pixels=False,
    roll=2.0,
    spread=0.02,
    rays=0.001,
    seed=1,
    diffusion=0.0,
    galaxies=0,
    once=0,
    trail=0.0,
    skycell=None,
    tag=None,
):
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
    spread : float
        By how much the widths of the PSFs differ between exposures, as a share (1 sigma).
    rays : float
        Share of pixels hit by 10 to 200 sigma.
    seed : int
    diffusion : float
        Of charge: width of the Gaussian that blurs the PSF [pixel].
    galaxies : int
        How many of the stars are galaxies of 1 to 10 pixels at half light: exponential and de Vaucouleurs in turn.
    once : int
        How many of the stars are there in the first exposure alone.
    trail : float
        Width of a satellite's trail across the first exposure, which counts as a ray where it is above 20 sigma
        (1 sigma of a Gaussian) [pixel].
    skycell : dict, optional
        To make the mosaic on, if not on the members' own grid.
    tag : str, optional
        Of a schema that romancal opens; the images have what it needs besides.
    """
    rng = np.random.default_rng(seed)
    psf = ndimage.gaussian_filter(PSFS[optical_element].astype(float), diffusion * OVERSAMPLED)
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
        width = 1 + spread * rng.standard_normal()
        data = np.full(SHAPE, BACKGROUND)
        for n, (*place, light) in enumerate(zip(x, y, flux, strict=True)):
            if n < galaxies:
                add_galaxy(data, *place, 3 * light, 1 + 9 * n / galaxies, psf, 1 if n % 2 else 4)
            elif n >= galaxies + once or k == 0:
                add_star(data, *place, light, psf, width)
        variance = data / (GAIN * EXPOSURE_TIME) + READ_NOISE**2
        err = np.sqrt(variance)
        hit = rng.random(SHAPE) < rays
        amplitude = hit * err * rng.uniform(11, 200, SHAPE)
        if trail and k == 0:
            rows, columns = np.indices(SHAPE)
            above = TRAIL * np.exp(-0.5 * ((0.9 * (rows - 120) - 0.436 * (columns - 120)) / trail) ** 2)
            amplitude += above * err
            hit |= above > 20
        # A ray raises the noise that the ramp fit reports too.
        poisson = (data + amplitude) / (GAIN * EXPOSURE_TIME)
        for_romancal = {"tag": tag, "read_noise_array": True, "with_inverse": True} if tag else {}
        empty = {"cosmic_rays": 0, "bad_fraction": 0, "noise": False}
        model, _ = simulate_image(make_scene(80, -30, 1, 0, 0), pointing, 1, SHAPE, BACKGROUND, **empty, **for_romancal)
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
    define_grid([(path, stem, None) for path, stem in zip(cal, stems, strict=True)], grid, skycell=skycell)
    match_sky(grid, sky)
    for source, output, stem in zip(cal, paths, stems, strict=True):
        subtract_sky(source, sky, output, stem)
    arrays = (np.array(a) for a in (hits, clean, errors, centres))
    return Field(folder, paths, stems, grid, *arrays, (ra, dec, flux), skycell)


def outliers_of(field, **settings):
    """Find the outliers of a field: ndarray of bool, shape (exposures, ny, nx)."""
    median, output = str(field.folder / "median.asdf"), str(field.folder / "outliers.asdf")
    make_median(field.paths, field.grid, median, method="pairwise")
    compare_exposures(field.paths, field.grid, median, output, **settings)
    found = np.zeros((len(field.paths), SHAPE[0] * SHAPE[1]), bool)
    for mask, stem in zip(found, field.stems, strict=True):
        mask[read_outliers(output).pixels[stem]] = True
    return found.reshape(-1, *SHAPE)


def flagged_members(field, method):
    """Flag a field's outliers by a method: list of the members' files with flags."""
    median, outliers = (str(field.folder / f"{name}.asdf") for name in ("median", "outliers"))
    weights = {"weight_type": "ivm"} if method == "romancal" else {}
    make_median(field.paths, field.grid, median, method=method, **weights)
    if method == "pairwise":
        compare_exposures(field.paths, field.grid, median, outliers)
    against = {"outliers": [outliers]} if method == "pairwise" else {"medians": [median], "grids": [field.grid]}
    flagged = [path.replace("skymatch", method) for path in field.paths]
    for path, output, stem in zip(field.paths, flagged, field.stems, strict=True):
        flag_outliers(path, output, stem, **against)
    return flagged


def fluxes_lost(field, method):
    """Compute what outlier detection does to stars in the mosaic.

    Parameters
    ----------
    field : Field
    method : str

    Returns
    -------
    ndarray of float, shape (stars,)
        Aperture flux over that in the mosaic of the same pixels without flags; NaN where the star is not isolated, or
        where not all exposures looked, or where there is a hole.
    """
    flagged = flagged_members(field, method)
    with_flags, without = (aperture_fluxes(field, mosaic_of(field, members)) for members in (flagged, field.paths))
    return with_flags / without


def mosaic_of(field, members):
    """Make a mosaic of a field from files of its members: the mosaic's path."""
    grid, mosaic = (str(field.folder / f"{name}.asdf") for name in ("mosaic_grid", "mosaic"))
    define_mosaic_grid(field.grid, grid, skycell=field.skycell)
    resample(members, grid, mosaic, association={"name": "asn.json", "target": None, "data_release_id": "p"})
    return mosaic


def aperture_fluxes(field, mosaic):
    """Measure a field's stars in a mosaic: ndarray of float, NaN as in `fluxes_lost`."""
    ra, dec, flux = field.stars
    with asdf.open(mosaic) as file:
        data, wcs = np.array(file["roman"]["data"]), file["roman"]["meta"]["wcs"]
        x, y = wcs.invert(ra, dec, with_bounding_box=False)
    rows, columns = np.indices(data.shape)
    fluxes = np.full(len(flux), np.nan)
    margin, scale = INNER[0].start, 3600 * field.skycell["pixel_scale"] / PIXEL_SCALE if field.skycell else 1
    for k in range(len(flux)):
        others = np.hypot(np.delete(x, k) - x[k], np.delete(y, k) - y[k]) < 2 * ANNULUS[1] / scale
        inside = all((place > margin) & (place < SHAPE[0] - margin) for c in field.centres for place in c[:, k])
        if inside and np.delete(flux, k)[others].sum() < 0.02 * flux[k]:
            distance = scale * np.hypot(columns - x[k], rows - y[k])
            sky = np.median(data[(distance > ANNULUS[0]) & (distance < ANNULUS[1])])
            fluxes[k] = (data[distance < RADIUS] - sky).sum()
    return fluxes
