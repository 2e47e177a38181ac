"""Make a page that shows a mosaic in the browser: HiPS tiles, footprints and Aladin Lite."""

import json
import shutil
from pathlib import Path

import numpy as np
from astropy.stats import mad_std

from ..files.scratch import scratch_folder
from ..grid.fits_wcs import fits_wcs
from ..grid.grid import read_grid
from ..pictures.coverage import exposures_and_time
from ..pictures.preview import open_preview
from .hips import write_hips
from .sky_image import SkyImage

OUTLINE_STEP = 512
# Percentile of the pixels that may be white, and the range that is shown [standard deviations of the sky].
BRIGHTEST, SHORTEST, LONGEST = 99.99, 200, 600


def make_viewer(mosaic, grid, viewer, folder, workers=1):
    """Make a folder to be served to a browser.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    grid : str
        The mosaic grid's file.
    viewer : list of str
        The page and the program that it runs, which are copied.
    folder : str
        The folder to make: it appears when it is complete. HiPS of the mosaic and of its coverage
        are in `mosaic` and `coverage`.
    workers : int
    """
    grid = read_grid(grid)
    with scratch_folder(folder) as scratch:
        made = scratch / "made"
        made.mkdir()
        with open_preview(mosaic) as preview:
            cuts = viewer_cuts(preview.sample("data"))
            count, _ = exposures_and_time(preview.context(), grid.groups().values(), np.zeros(len(grid.members)))
            np.save(scratch / "coverage.npy", count)
            name, step = preview.name, preview.step
            image = SkyImage(mosaic, fits_wcs(grid.wcs, grid.shape), grid.shape, _scale(preview, 1), True)
            coverage = SkyImage(str(scratch / "coverage.npy"), preview.wcs, count.shape, _scale(preview, step), False)
        most = int(np.nanmax(count)) if np.isfinite(count).any() else 1
        write_hips(image, made / "mosaic", name, cuts, workers)
        write_hips(coverage, made / "coverage", f"{name} coverage", (0, most), workers)
        (made / "product.json").write_text(json.dumps(_description(name, grid, image, cuts, most)))
        for path in viewer:
            shutil.copy(path, made)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(Path(folder))


def _scale(preview, step):
    return step * float(preview.meta["wcsinfo"]["pixel_scale"])


def viewer_cuts(image):
    """Compute the values that the viewer shows black and white.

    Its logarithmic stretch is ``log(1000 x + 1) / log(1001)``, whatever the image. From one standard deviation of the
    sky below it on, a range of 300 shows noise dark, what is 5 above it in middle grey, and 100 in light grey; a longer
    one shows the shape of what is brighter, and is taken where more than a few pixels are.

    Parameters
    ----------
    image : ndarray of float32
        [MJy/sr], pixels of the mosaic.

    Returns
    -------
    (float, float)
        [MJy/sr]
    """
    finite = image[np.isfinite(image)]
    if not finite.size:
        return 0.0, 1.0
    sky, brightest = np.percentile(finite, [50, BRIGHTEST])
    noise = float(mad_std(finite)) or float(brightest - sky) / SHORTEST or 1.0
    low = float(sky) - noise
    return low, low + float(np.clip(brightest - low, SHORTEST * noise, LONGEST * noise))


def _description(name, grid, image, cuts, most):
    numbers = {group: number for number, group in enumerate(grid.groups(), 1)}
    ny, nx = grid.shape
    ra, dec = (float(value) for value in grid.wcs((nx - 1) / 2, (ny - 1) / 2, with_bounding_box=False))
    return {
        "name": name,
        "mosaic": image.path,
        "ra": ra,
        "dec": dec,
        "size": max(grid.shape) * image.pixel_scale,
        "pixel": image.pixel_scale,
        "cuts": cuts,
        "exposures": most,
        "outline": _corners(grid, np.array([[-0.5, -0.5], [nx - 0.5, -0.5], [nx - 0.5, ny - 0.5], [-0.5, ny - 0.5]])),
        "members": [
            {
                "name": member.stem,
                "exposure": numbers[member.group],
                "corners": _corners(grid, member.outline(OUTLINE_STEP)),
            }
            for member in grid.members
        ],
    }


def _corners(grid, points):
    return np.column_stack(grid.wcs(*points.T, with_bounding_box=False)).round(7).tolist()
