"""Noiseless stars in dithered, rolled exposures of detectors with PSFs of their own, and their mosaics."""

from collections import namedtuple

import asdf
import numpy as np
from psf.epsf_files import light, width
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.images.image_file import save_image
from wfimosaic.mosaic.resample import resample
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.simulation.scene import make_scene
from wfimosaic.simulation.simulate_members import name_exposure, simulate_image
from wfimosaic.workflow.settings import complete, recorded_settings

Stars = namedtuple("Stars", "folder paths stems ra dec flux")
Mosaic = namedtuple("Mosaic", "path data wcs x y flux")
SHAPE, REACH = (180, 180), 12
CENTRE = (80.0, -30.0)
ELEMENT = "F106"


def make_stars(folder, exposures=6, flagged=0.0, seed=1, step=20, side=4):
    """Write flagged images of stars of 1 MJy/sr (in a pixel of the nominal size): Stars.

    Parameters
    ----------
    folder : Path
    exposures : int
        Of one of three detectors each.
    flagged : float
        Fraction of pixels of each that are not to be used.
    seed : int
    step : float
        Of dithers, at most [pixel].
    side : int
        Stars lie in so many rows and columns.
    """
    rng = np.random.default_rng(seed)
    degree = PIXEL_SCALE / 3600
    x, y = 36 * (np.mgrid[:side, :side].reshape(2, -1) - (side - 1) / 2) + rng.uniform(-2, 2, (2, side**2))
    ra, dec = CENTRE[0] + x * degree / np.cos(np.radians(CENTRE[1])), CENTRE[1] + y * degree
    flux = rng.uniform(100, 1000, ra.size)
    stems = [f"e{k}" for k in range(exposures)]
    paths = [str(folder / f"{stem}_outlier_detection.asdf") for stem in stems]
    empty = {"cosmic_rays": 0, "bad_fraction": 0, "noise": False}
    for k, path in enumerate(paths):
        dx, dy = rng.uniform(-step, step, 2) * degree
        pointing = (CENTRE[0] + dx / np.cos(np.radians(CENTRE[1])), CENTRE[1] + dy, rng.uniform(-30, 30))
        detector = 1 + k % 3
        model, _ = simulate_image(
            make_scene(*CENTRE, 1, 0, 0), pointing, detector, SHAPE, 0.3, optical_element=ELEMENT, **empty
        )
        name_exposure(model, "0" * 19, k + 1)
        wcs = detector_wcs(pointing, detector, SHAPE, with_inverse=True)
        model["data"] = star_light(wcs, detector, ra, dec, flux).astype(np.float32)
        model["dq"][rng.random(SHAPE) < flagged] = 1
        model.meta["cal_step"]["flux"] = "COMPLETE"
        model.meta["wfimosaic"] = {"sky_noise": np.full((7, 7), 1 + k % 2, np.float32)}
        save_image(model, path)
    return Stars(folder, paths, stems, ra, dec, flux)


def star_light(wcs, detector, ra, dec, flux):
    """Compute the surface brightness of stars in a detector's image."""
    image = np.zeros(SHAPE)
    px, py = _invert(wcs, ra, dec)
    for x, y, brightness in zip(px, py, flux, strict=True):
        column, row = round(x), round(y)
        rows = np.arange(max(0, row - REACH), min(SHAPE[0], row + REACH + 1))
        columns = np.arange(max(0, column - REACH), min(SHAPE[1], column + REACH + 1))
        if len(rows) and len(columns):
            star = light(ELEMENT, width(detector, x, y, SHAPE[0]), rows - y, columns - x)
            image[np.ix_(rows, columns)] += brightness * star / _area(wcs, x, y)
    return image


def _invert(wcs, ra, dec):
    # Better than its own inverse.
    x, y = wcs.invert(ra, dec, with_bounding_box=False)
    for _ in range(3):
        u, v = wcs.invert(*wcs(x, y, with_bounding_box=False), with_bounding_box=False)
        a, d = wcs.invert(ra, dec, with_bounding_box=False)
        x, y = x + a - u, y + d - v
    return x, y


def _area(wcs, x, y):
    ra, dec = wcs(x + np.array([0.5, -0.5, 0, 0]), y + np.array([0, 0, 0.5, -0.5]), with_bounding_box=False)
    ra = ra * np.cos(np.radians(dec)) / (PIXEL_SCALE / 3600)
    dec = dec / (PIXEL_SCALE / 3600)
    return abs((ra[0] - ra[1]) * (dec[2] - dec[3]) - (ra[2] - ra[3]) * (dec[0] - dec[1]))


def make_mosaic(stars, ratio=1.0, **settings):
    """Make the mosaic of stars as a product P beside their images: Mosaic."""
    names = {name: str(stars.folder / f"P_{name}.asdf") for name in ("i2d", "mosaic_grid", "outlier_grid")}
    define_grid(
        [(path, stem, None) for path, stem in zip(stars.paths, stars.stems, strict=True)], names["outlier_grid"]
    )
    define_mosaic_grid(names["outlier_grid"], names["mosaic_grid"], pixel_scale_ratio=ratio)
    resample(
        stars.paths,
        names["mosaic_grid"],
        names["i2d"],
        association={"name": "asn.json", "target": None, "data_release_id": "p"},
        record={"settings": recorded_settings(complete({"associations": ["a"], "resample": settings})), "excluded": []},
        **settings,
    )
    with asdf.open(names["i2d"], memmap=False) as file:
        data, wcs = np.array(file["roman"]["data"], float), file["roman"]["meta"]["wcs"]
        x, y = wcs.invert(stars.ra, stars.dec, with_bounding_box=False)
    # In pixels of the mosaic, as the images' are in pixels of the nominal size.
    return Mosaic(names["i2d"], data, wcs, x, y, stars.flux / ratio**2)
