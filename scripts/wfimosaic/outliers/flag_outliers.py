"""Flag pixels of a member that differ from the median of all exposures."""

import logging

import numpy as np

from ..files.strips import strips
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..images.calibration import set_step_status
from ..images.flags import OUTLIER
from ..images.stored_image import StoredImage
from .blot import blot
from .find_outliers import OutlierSettings, deviation_and_allowed, find_outliers
from .median_image import open_median
from .outlier_list import read_outliers

log = logging.getLogger(__name__)


def flag_outliers(
    member,
    output,
    stem,
    median=None,
    grid=None,
    outliers=None,
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
    median, grid : str or None
        What `make_median` and `define_grid` wrote: the member is compared with the median, as romancal does.
    outliers : str or None
        What `compare_exposures` wrote: outliers are those that it found. Without it and `median` nothing is flagged.
    snr, scale, backg, grow, resample_data
        See `OutlierSettings`.
    fillval : float or str
        Value of the median outside of its grid.
    good_bits : str
        For the record in the metadata.
    """
    image = StoredImage(member)
    settings = OutlierSettings(snr, scale, backg, grow, resample_data)
    flags = None
    if median is not None:
        with open_median(median) as reference:
            if reference.skipped is None:
                seen = blot(reference.data, _on_grid(grid, stem), float(fillval)) if resample_data else reference.data
                flags = _flags(image, seen, settings)
    if outliers is not None:
        flags = _listed(image, stem, read_outliers(outliers))
    if flags is None:
        set_step_status(image, "outlier_detection", "SKIPPED")
        log.info("%s: outlier detection is skipped", stem)
    else:
        image["dq"], count = flags
        set_step_status(image, "outlier_detection", "COMPLETE")
        image.meta["outlier_detection"] = {"good_bits": str(good_bits)}
        log.info("%s: %d pixels (%.3f %%) are outliers", stem, count, 100 * count / image["dq"].size)
    image.save(output)
    image.close()


def _listed(image, stem, outliers):
    if outliers.skipped:
        return None
    dq, places = image.read("dq"), outliers.pixels[stem]
    dq.ravel()[places] |= OUTLIER
    return dq, len(places)


def _flags(image, median, settings):
    # Strip by strip, so that what is computed stays in the processor's cache: dq, and the number of outliers.
    dq = image.read("dq")
    whole, count = Rectangle.whole(dq.shape), 0
    for rows in strips(whole.rows, dq.shape[1]):
        strip = Rectangle(rows, whole.columns)
        cutout = strip.grown(settings.margin, whole)
        data, err = _read(image, cutout)
        outliers = find_outliers(data, err, median[cutout.slices], settings)[strip.within(cutout)]
        dq[rows] |= outliers * OUTLIER
        count += np.count_nonzero(outliers)
    return dq, count


def _read(image, cutout):
    return image.read("data", cutout.slices) - image.sky.over(*cutout.slices), image.read("err", cutout.slices)


def _on_grid(grid, stem):
    return next(member for member in read_grid(grid).members if member.stem == stem)


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
