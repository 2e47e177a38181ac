"""Images whose read noise variance follows each pixel's value, as a ramp fit's does, and their mosaics."""

import asdf
import numpy as np
from wfimosaic.drizzling.drop import Drop
from wfimosaic.grid.define_grid import define_mosaic_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.mosaic.mosaic_block import Recipe, mosaic_block
from wfimosaic.simulation.focal_plane import PIXEL_SCALE
from wfimosaic.simulation.scene import Scene, make_scene
from wfimosaic.simulation.simulate_members import CONVERSION, name_exposure, simulate_image
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky

from .synthetic import define, whole

EXPLICIT = "asdf://stsci.edu/datamodels/roman/tags/wfi_image-1.4.0"  # float32, with var_rnoise
RA, DEC, SKY = 80.0, -30.0, 0.25
READ_NOISE = 3.64e-4
EMPTY = make_scene(RA, DEC, 1, 0, 0)


def degrees(dx, dy):
    """Return the position some pixels to the east and north."""
    return RA + dx * PIXEL_SCALE / 3600 / np.cos(np.radians(DEC)), DEC + dy * PIXEL_SCALE / 3600


def exposure(number, dither, shape, scene=EMPTY, law=None, read_noise=READ_NOISE, tag=EXPLICIT, noise=True, fwhm=1.3):
    """Simulate an image whose read noise variance is `read_noise` times a `law` of each pixel's value [DN/s]."""
    settings = {"cosmic_rays": 0, "bad_fraction": 0, "psf": [(1.0, fwhm)], "noise": False, "tag": tag}
    model, _ = simulate_image(scene, (*degrees(*dither), 0), 1, shape, SKY, **settings)
    name_exposure(model, "0" * 19, number)
    light, poisson = (np.asarray(model[name]).astype(np.float32) for name in ("data", "var_poisson"))
    deviation = np.sqrt(read_noise + poisson) * np.random.default_rng(number).standard_normal(shape)
    model["data"] = (light + noise * deviation).astype(np.float32)
    variance = read_noise * (law(model["data"]) if law else np.ones(shape))
    if "var_rnoise" in model:
        model["var_rnoise"] = variance.astype(np.float32)
    model["err"] = np.sqrt(variance + poisson).astype(model["err"].dtype)
    return model


def star_field(flux, step=20):
    """Return 25 stars at all places of their pixels, of one flux or of 25: Scene."""
    x, y = step * (np.mgrid[:5, :5].reshape(2, -1) - 2) + np.random.default_rng(5).uniform(-0.5, 0.5, (2, 25))
    zero = np.zeros(25)
    return Scene(*degrees(x, y), flux * np.ones(25), zero, zero)


def make_mosaics(folder, models, weight_types, **grid_options):
    """Make a mosaic with each of the weight types, no sky subtracted and no outliers flagged: list of dict.

    Each has the arrays of `mosaic_block`, `depth` (how many images lie on a pixel) and `wcs`.
    """
    count = range(len(models))
    cal, members = ([str(folder / f"m{k}_{step}.asdf") for k in count] for step in ("cal", "sky"))
    for model, path in zip(models, cal, strict=True):
        save_image(model, path)
    outlier_grid, sky, path = define(folder / "grid.asdf", cal), folder / "sky.json", folder / "mosaic_grid.asdf"
    match_sky(outlier_grid, sky, skip=True)
    for k in count:
        subtract_sky(cal[k], sky, members[k], f"m{k}", skip=True)
    define_mosaic_grid(outlier_grid, path, **grid_options)
    with asdf.open(path) as file:
        wcs = file["wcs"]
    grid = read_grid(path)
    numbered = [(k, member, members[k]) for k, member in enumerate(grid.members)]
    drop, mosaics = Drop("square", 1.0, grid.pixel_scale_ratio), []
    for weight_type in weight_types:
        recipe = Recipe(drop, weight_type, "~DO_NOT_USE", ("var_rnoise", "var_poisson"), propagate_dq=False)
        arrays = mosaic_block(numbered, whole(grid.shape), recipe)
        arrays["context"] = arrays["context"][0]
        mosaics.append(arrays | {"depth": np.bitwise_count(arrays["context"]), "wcs": wcs})
    return mosaics


def fluxes(mosaic, stars, reach=8):
    """Measure the stars in square apertures, over the fluxes that were put in: ndarray."""
    x, y = np.rint(mosaic["wcs"].invert(stars.ra, stars.dec, with_bounding_box=False)).astype(int)
    light = mosaic["data"] - SKY * CONVERSION
    boxes = [(slice(j - reach, j + reach + 1), slice(i - reach, i + reach + 1)) for i, j in zip(x, y, strict=True)]
    return np.array([light[box].sum(dtype=float) for box in boxes]) / (CONVERSION * stars.flux)
