"""Write a cutout of a mosaic as ASDF, FITS or PNG."""

from pathlib import Path

import numpy as np

from ..association.association import product_of
from ..drizzling.context import covered_and_single
from ..errors import InputError
from ..files.atomic_write import atomic_write
from ..grid.cutout_wcs import cutout_wcs
from ..grid.fits_wcs import fits_wcs
from ..grid.output_wcs import OutputWcs
from ..mosaic.image_statistics import image_statistics
from ..mosaic.members_of_part import keep_members_of_part
from ..mosaic.mosaic_file import open_mosaic, pixel_at, save_tree
from ..mosaic.mosaic_header import exposures_of
from ..mosaic.wcs_information import wcs_information
from ..mosaic.write_fits import write_tree
from ..pictures.show_surface_brightness import show_surface_brightness, stretch
from ..pictures.sky_picture import sky_picture


def cut_mosaic(mosaic, ra, dec, size, output):
    """Write a cutout of a mosaic around a sky position.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    ra, dec : float
        Middle of the cutout [deg].
    size : float
        Its width and height [arcsec]; at the mosaic's border it becomes smaller.
    output : str
        The ending says what to write: .asdf (a MosaicModel), .fits or .png.

    Returns
    -------
    (int, int)
        ny, nx of the cutout.

    Raises
    ------
    InputError
    """
    if not 0 < size < np.inf:
        raise InputError(f"size {size:g}: a cutout must be a number of arcsec wide that is larger than 0")
    with open_mosaic(mosaic) as roman:
        x, y = pixel_at(mosaic, roman, ra, dec)
        count = max(1, round(size / 3600 / float(roman["meta"]["wcsinfo"]["pixel_scale"])))
        rows, columns = (
            _span(center, count, length) for center, length in zip((y, x), roman["data"].shape, strict=True)
        )
        logs = {name: roman[name] for name in ("individual_image_cal_logs",) if name in roman}
        cutout = keep_members_of_part(cut(roman, rows, columns) | logs)
        WRITERS[Path(output).suffix](cutout, output)
        return cutout["data"].shape


def _span(center, count, length):
    first = int(np.floor(center - count / 2 + 0.5))
    return slice(max(0, first), min(length, first + count))


def cut(roman, rows, columns):
    """Cut a rectangle out of a mosaic: the tree of a MosaicModel whose metadata describe it."""
    arrays = {name: np.asarray(array) for name, array in roman.items() if hasattr(array, "shape")}
    cutout = {name: np.array(array[..., rows, columns]) for name, array in arrays.items()}
    meta = dict(roman["meta"].items())
    shape = cutout["data"].shape
    wcs = cutout_wcs(meta["wcs"], columns.start, rows.start, shape)
    grid = OutputWcs(wcs, shape, float(meta["resample"]["pixel_scale_ratio"]))
    meta["wcs"] = wcs
    meta["statistics"] = image_statistics(cutout["data"])
    meta["wfimosaic"] = dict(meta["wfimosaic"].items()) | {"unchecked": _unchecked(cutout["context"], meta)}
    meta["wcsinfo"] = wcs_information(grid, str(meta["wcsinfo"]["skycell_name"]))
    return cutout | {"meta": meta}


def _unchecked(context, meta):
    if meta["cal_step"]["outlier_detection"] != "COMPLETE":
        return 1.0
    exposures = exposures_of(meta["wfimosaic"]["inputs"])
    covered, single = covered_and_single(dict(enumerate(context)), exposures)
    return np.count_nonzero(single) / max(1, np.count_nonzero(covered))


def _write_fits(cutout, output):
    with atomic_write(output) as path:
        write_tree(cutout, path)


def _write_png(cutout, output):
    image = cutout["data"]
    product = product_of(str(cutout["meta"]["filename"]))
    title = f"{product}   {cutout['meta']['instrument']['optical_element']}   cutout"
    with sky_picture(output, fits_wcs(cutout["meta"]["wcs"], image.shape), image.shape, title) as axes:
        show_surface_brightness(axes, image, stretch(image))


WRITERS = {".asdf": save_tree, ".fits": _write_fits, ".png": _write_png}
