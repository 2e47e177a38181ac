"""Flag pixels of a member that differ from the median of all exposures."""

import functools
import logging
import os

import numpy as np

from ..errors import InputError
from ..files.strips import release_pages, strips
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..images.calibration import set_step_status
from ..images.flags import OUTLIER
from ..images.image_file import STORED_ARRAYS
from ..images.stored_image import StoredImage
from ..images.unreadable import why_unreadable
from .blot import blot
from .depth_on_grid import depth_on_grid
from .find_outliers import OutlierSettings, deviation_and_allowed, find_outliers
from .median_image import open_median
from .outlier_list import read_outliers

log = logging.getLogger(__name__)


def flag_outliers(
    member,
    output,
    stem,
    medians=(),
    grids=(),
    outliers=(),
    snr=(5.0, 4.0),
    scale=(1.2, 0.7),
    backg=0.0,
    grow=1,
    fillval=np.nan,
    good_bits="~DO_NOT_USE+NON_SCIENCE",
    resample_data=True,
):
    """Write a member's `_outlier_detection` file.

    Parameters
    ----------
    member : str
        A `_skymatch` file.
    output : str
        The image to write, with DO_NOT_USE and OUTLIER set in dq.
    stem : str
        The member's name on the grid.
    medians, grids : sequence of str
        What `make_median` and `define_grid` wrote for each product that it belongs to, and perhaps others: it is
        compared with the medians, as romancal does. Where products overlap that one counts on whose grid a pixel lies
        deepest.
    outliers : sequence of str
        What `compare_exposures` wrote for each product: outliers are those that it found. Without these and `medians`
        nothing is flagged.
    snr, scale, backg, grow, resample_data
        See `OutlierSettings`.
    fillval : float or str
        Value of the median outside of its grid.
    good_bits : str
        For the record in the metadata.

    Raises
    ------
    InputError
        If the member could not be read.
    """
    reason = why_unreadable(member)
    if reason:
        raise InputError(reason)
    image = StoredImage(member)
    settings = OutlierSettings(snr, scale, backg, grow, resample_data)
    places = _listed(stem, outliers, grids, image["data"].shape) if outliers else None
    if medians:
        places = _compared(image, stem, medians, grids, settings, float(fillval))
    with image.saved_as(output, {name: image[name].dtype for name in STORED_ARRAYS if name in image}) as file:
        _copy(image, file)
        if places is None:
            set_step_status(image, "outlier_detection", "SKIPPED")
            log.info("%s: outlier detection is skipped", stem)
        else:
            file.arrays["dq"].ravel()[places] |= OUTLIER
            set_step_status(image, "outlier_detection", "COMPLETE")
            image.meta["outlier_detection"] = {"good_bits": str(good_bits)}
            share = 100 * len(places) / image["dq"].size
            log.info("%s: %d pixels (%.3f %%) are outliers", stem, len(places), share)
    image.close()


def _copy(image, file):
    for name in file.places:
        array = np.asarray(image[name])
        file.write(name, 0, array)
        release_pages(array)


def _listed(stem, outliers, grids, shape):
    # Which pixels, as if dq had one axis, are outliers; None if they were looked for nowhere.
    lists = [_outlier_list(path) for path in outliers]
    known = [k for k, found in enumerate(lists) if not found.skipped and stem in found.pixels]
    if not known:
        return None
    places = lists[known[0]].pixels[stem]
    if len(known) > 1:
        places = np.unique(np.concatenate([lists[k].pixels[stem] for k in known]))
        y, x = np.divmod(places, shape[1])
        deepest = np.argmax([_depth(grids[k], stem, x, y) for k in known], axis=0)
        listed = [np.isin(places, lists[k].pixels[stem]) for k in known]
        places = places[np.array(listed)[deepest, np.arange(len(places))]]
    return places


def _depth(grid, stem, x, y):
    grid = _grid(grid)
    return depth_on_grid(_member(grid, stem).positions(x, y).T, grid.shape)


def _once(read):
    # The members of an exposure share the files of their products.
    known = functools.cache(lambda path, _: read(path))
    return lambda path: known(str(path), os.stat(path).st_mtime_ns)


_grid, _outlier_list = _once(read_grid), _once(read_outliers)


def _compared(image, stem, medians, grids, settings, fillval):
    # As `_listed`.
    outliers, depth = None, None
    on_grids = [(_member(grid, stem), grid.shape) for grid in map(_grid, grids)] or [(None, None)]
    for median, (member, shape) in zip(medians, on_grids, strict=True):
        if grids and member is None:
            continue
        with open_median(median) as reference:
            if reference.skipped is None:
                seen = blot(reference.data, member, fillval) if settings.resample_data else reference.data
                found = _outliers(image, seen, settings)
                deep = _depths(member, shape) if len(medians) > 1 else None
                outliers, depth = (found, deep) if outliers is None else _deeper(outliers, depth, found, deep)
    if outliers is None:
        return None
    return np.flatnonzero(outliers)


def _outliers(image, median, settings):
    # Strip by strip, so that what is computed stays in the processor's cache.
    outliers = np.zeros(image["data"].shape, bool)
    whole = Rectangle.whole(outliers.shape)
    for rows in strips(whole.rows, outliers.shape[1]):
        strip = Rectangle(rows, whole.columns)
        cutout = strip.grown(settings.margin, whole)
        data, err = _read(image, cutout)
        outliers[rows] = find_outliers(data, err, median[cutout.slices], settings)[strip.within(cutout)]
    return outliers


def _depths(member, shape):
    y, x = (np.arange(n) for n in member.shape)
    return depth_on_grid(member.positions_between(x, y), shape).astype(np.float32)


def _deeper(outliers, depth, other_outliers, other_depth):
    deeper = other_depth > depth
    return np.where(deeper, other_outliers, outliers), np.maximum(depth, other_depth)


def _read(image, cutout):
    return image.read("data", cutout.slices) - image.sky.over(*cutout.slices), image.read("err", cutout.slices)


def _member(grid, stem):
    return next((member for member in grid.members if member.stem == stem), None)


def deviation_at(image, pixel, median, member, settings, fillval=np.nan):
    """Compute how far a pixel is from the median and how far it may be, as `flag_outliers` did.

    Parameters
    ----------
    image : StoredImage
        A `_skymatch` or `_outlier_detection` file.
    pixel : (int, int)
        Row and column.
    median : ndarray of float32
        What `make_median` wrote.
    member : GridMember
        On the outlier grid.
    settings : OutlierSettings
    fillval : float
        Value of the median outside of its grid.

    Returns
    -------
    deviation, allowed : float
        [MJy/sr], NaN where there is no value or no median. Outliers are where the first is larger.
    """
    row, column = pixel
    target = Rectangle(slice(row, row + 1), slice(column, column + 1))
    cutout = target.grown(settings.margin, Rectangle.whole(member.shape))
    seen = blot(median, member, fillval, cutout) if settings.resample_data else median[cutout.slices]
    arrays = deviation_and_allowed(*_read(image, cutout), seen, settings)
    return tuple(array[target.within(cutout)].item() for array in arrays)
