"""Make a page that shows a mosaic in the browser: HiPS tiles, footprints and Aladin Lite."""

import json
import shutil
from pathlib import Path

import numpy as np

from ..files.scratch import scratch_folder
from ..grid.fits_wcs import fits_wcs
from ..grid.grid import read_grid
from ..pictures.coverage import exposures_and_time
from ..pictures.preview import open_preview
from ..pictures.show_surface_brightness import stretch
from .hips import write_hips
from .sky_image import SkyImage

OUTLINE_STEP = 512


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
            cuts = viewer_cuts(stretch(preview.read("data")))
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


def viewer_cuts(norm):
    """Compute the values that the viewer must show black and white for its grey levels to be those of `norm`.

    Its own asinh stretch is ``asinh(10 x) / asinh(10)``, linear up to a tenth of the range, whatever
    the image: so the range is chosen by the noise, and what is brighter is reached with the slider.

    Parameters
    ----------
    norm : astropy.visualization.ImageNormalize
        See `show_surface_brightness.stretch`.

    Returns
    -------
    (float, float)
        [MJy/sr]
    """
    knee = norm.stretch.a * (norm.vmax - norm.vmin)
    return float(norm.vmin), float(norm.vmin + 10 * knee)


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
