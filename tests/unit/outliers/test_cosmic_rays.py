"""romancal's outlier detection as a whole: cosmic rays are flagged, cores of stars are not.

The linear interpolation of the median blurs it: this method is for images that are better sampled than Roman's. With
the default `scale` that costs no star its core if the PSF is 2.5 pixels wide; at 2 pixels one bright core in a hundred
would be lost, and a larger `scale` keeps it.
"""

import numpy as np
import pytest
from scipy import ndimage
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.images.image_file import open_image, save_image
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.simulation.scene import make_scene, render
from wfimosaic.simulation.simulate_members import name_exposure, simulate_image
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky

SHAPE = (420, 420)
# Nearer to the border fewer than all exposures overlap.
INNER = (slice(40, -40), slice(40, -40))
STARS, EXPOSURES = 500, 6


def exposure(number, scene, psf, path):
    """Write one image; where rays of more than 10 sigma hit empty sky, where stars have their cores, what is good."""
    rng = np.random.default_rng(number)
    dx, dy = rng.uniform(-15, 15, 2) * PIXEL_SCALE / 3600
    pointing = (80 + dx / np.cos(np.radians(30)), -30 + dy, rng.uniform(-2, 2))
    model, truth = simulate_image(
        scene, pointing, 1, SHAPE, 0.3 + 0.02 * number, number, cosmic_rays=0, bad_fraction=0.001, psf=psf
    )
    name_exposure(model, "0" * 19, number)
    wcs, err = detector_wcs(pointing, 1, SHAPE, with_inverse=True), np.asarray(model["err"]).astype(np.float32)
    sources = ndimage.maximum_filter(render(scene, wcs, SHAPE, psf), 5)
    hits = (sources < 0.1 * err) & ~truth.bad & (rng.random(SHAPE) < 0.006)
    model["data"][hits] += err[hits] * rng.uniform(10, 60, hits.sum()).astype(np.float32)
    x, y = np.rint(wcs.invert(scene.ra[:STARS], scene.dec[:STARS], with_bounding_box=False)).astype(int)
    inside = (x >= 0) & (x < SHAPE[1]) & (y >= 0) & (y < SHAPE[0])
    cores = np.zeros(SHAPE, bool)
    cores[y[inside], x[inside]] = True
    save_image(model, path)
    return hits[INNER], (cores & ~truth.bad)[INNER], ~truth.bad[INNER]


@pytest.fixture(scope="module", params=[(2.5, (1.2, 0.7)), (2.0, (1.8, 1.0))], ids=["default scale", "narrow PSF"])
def flagged(request, tmp_path_factory):
    """Outliers that are found in all exposures, and the truth: ndarrays of bool, shape (6, 340, 340)."""
    psf_fwhm, scale = request.param
    folder = tmp_path_factory.mktemp("rays")
    scene = make_scene(80, -30, 0.55 * SHAPE[0] * PIXEL_SCALE, STARS, 60, seed=3)
    names = [f"e{k}" for k in range(1, EXPOSURES + 1)]
    cal, skymatch, final = ([str(folder / f"{name}_{step}.asdf") for name in names] for step in ("cal", "sky", "out"))
    truth = [exposure(k, scene, [(1.0, psf_fwhm)], path) for k, path in enumerate(cal, 1)]
    grid, sky, median = (str(folder / name) for name in ("grid.asdf", "sky.json", "median.asdf"))
    define_grid([(path, name, None) for path, name in zip(cal, names, strict=True)], grid)
    match_sky(grid, sky)
    for source, output, name in zip(cal, skymatch, names, strict=True):
        subtract_sky(source, sky, output, name)
    make_median(skymatch, grid, median, method="romancal")
    outliers = []
    for source, output, name in zip(skymatch, final, names, strict=True):
        flag_outliers(source, output, name, [median], [grid], scale=scale)
        with open_image(output) as model:
            outliers.append((np.asarray(model["dq"]) & 128 > 0)[INNER])
    return np.stack(outliers), *(np.stack(arrays) for arrays in zip(*truth, strict=True))


def test_rays_on_empty_sky_are_flagged(flagged):
    outliers, hits, _, _ = flagged
    assert hits.sum() > 2500
    assert outliers[hits].mean() >= 0.999


def test_cores_of_stars_are_not(flagged):
    outliers, _, cores, _ = flagged
    assert cores.sum() > 1500
    assert outliers[cores].mean() < 0.001


def test_empty_sky_is_left_alone(flagged):
    outliers, hits, _, good = flagged
    near_hits = ndimage.maximum_filter(hits, size=(1, 3, 3))
    assert (outliers & good & ~near_hits).mean() < 1e-4
