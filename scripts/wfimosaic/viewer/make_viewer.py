"""Make a page that shows mosaics in the browser: HiPS tiles, footprints and Aladin Lite."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
from astropy.stats import mad_std

from ..files.scratch import scratch_folder
from ..grid.fits_wcs import fits_wcs
from ..grid.grid import read_grid
from ..pictures.coverage import exposures_and_time
from ..pictures.preview import open_preview
from .hips import center_and_width, write_hips
from .sky_image import SkyImage

OUTLINE_STEP = 512
# Percentile of the pixels that may be white, and the range that is shown [standard deviations of the sky].
BRIGHTEST, SHORTEST, LONGEST = 99.99, 200, 600


def make_viewer(mosaics, grids, viewer, folder, name=None, note="", workers=1):
    """Make a folder to be served to a browser, which shows mosaics as one sky.

    Parameters
    ----------
    mosaics : list of str
        `_i2d` files of one filter.
    grids : list of str
        Their grids' files.
    viewer : list of str
        The page and the program that it runs, which are copied.
    folder : str
        The folder to make: it appears when it is complete. HiPS of the mosaics and of their coverage
        are in `mosaic` and `coverage`.
    name : str, optional
        What is shown, else the mosaic's name.
    note : str
        Shown below it.
    workers : int
    """
    grids = [read_grid(grid) for grid in grids]
    samples, images, coverages, most = [], [], [], 1
    with scratch_folder(folder) as scratch:
        made = scratch / "made"
        made.mkdir()
        for number, (mosaic, grid) in enumerate(zip(mosaics, grids, strict=True)):
            with open_preview(mosaic) as preview:
                name = name or preview.name
                sample = preview.sample("data")
                samples.append(sample[np.isfinite(sample)][:: len(mosaics)])
                images.append(SkyImage(mosaic, fits_wcs(grid.wcs, grid.shape), grid.shape, _scale(preview, 1), True))
                count, _ = exposures_and_time(preview.context(), grid.groups().values(), np.zeros(len(grid.members)))
                path = str(scratch / f"coverage{number}.npy")
                np.save(path, count)
                coverages.append(SkyImage(path, preview.wcs, count.shape, _scale(preview, preview.step), False))
                most = max(most, int(np.nanmax(count, initial=1)))
        cuts = viewer_cuts(np.concatenate(samples))
        write_hips(images, made / "mosaic", name, cuts, workers)
        write_hips(coverages, made / "coverage", f"{name} coverage", (0, most), workers)
        page = {"name": name, "note": note, "cuts": cuts, "exposures": most, **_description(grids, images, folder)}
        (made / "product.json").write_text(json.dumps(page))
        for path in viewer:
            shutil.copy(path, made)
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).parent.mkdir(parents=True, exist_ok=True)
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


def _description(grids, images, folder):
    ra, dec, width = center_and_width(images)
    exposures, members, parts = {}, {}, []
    for grid, image in zip(grids, images, strict=True):
        ny, nx = grid.shape
        frame = np.array([[-0.5, -0.5], [nx - 0.5, -0.5], [nx - 0.5, ny - 0.5], [-0.5, ny - 0.5]])
        place = Path(os.path.relpath(image.path, folder)).as_posix()
        parts.append({"mosaic": image.path, "place": place, "outline": _corners(grid, frame)})
        for member in grid.members:
            number = exposures.setdefault(member.group, len(exposures) + 1)
            if member.stem not in members:
                corners = _corners(grid, member.outline(OUTLINE_STEP))
                members[member.stem] = {"name": member.stem, "exposure": number, "corners": corners}
    pixel = min(image.pixel_scale for image in images)
    return {
        "ra": ra,
        "dec": dec,
        "size": width,
        "pixel": pixel,
        "parts": parts,
        "members": list(members.values()),
    }


def _corners(grid, points):
    return np.column_stack(grid.wcs(*points.T, with_bounding_box=False)).round(7).tolist()
