"""Flag pixels of a member that differ from the median of all exposures."""

import logging
from functools import partial

import asdf
import numpy as np

from ..files.plain_asdf import plain_asdf
from ..files.strips import strips
from ..grid.grid import read_grid
from ..images.calibration import set_step_status
from ..images.flags import OUTLIER
from ..images.stored_image import StoredImage
from .blot import blot, part_seen, steepest_step

log = logging.getLogger(__name__)


def flag_outliers(
    member,
    output,
    stem,
    median=None,
    grid=None,
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
        What `make_median` and `define_grid` wrote; None: nothing is flagged.
    snr, scale, backg, grow
        See `outliers_against_blot`; without `resample_data` only the first snr counts.
    fillval : float or str
        Value of the median outside of its grid.
    good_bits : str
        For the record in the metadata.
    resample_data : bool
        Whether the median is on the grid, or in the pixels of the detector.
    """
    image = StoredImage(member)
    flags = None
    if median is not None:
        with plain_asdf(), asdf.open(median, memmap=True) as file:
            if file["skipped"] is None:
                reference = np.asarray(file["data"])
                if resample_data:
                    seen_by = _on_grid(grid, stem)
                    part, origin = part_seen(reference, seen_by)
                    blotted = blot(part, seen_by, float(fillval), origin)
                    flags = _flags(image, grow + 1, partial(_against_blot, blotted, snr, scale, backg, grow))
                else:
                    flags = _flags(image, 0, partial(_against_stack, reference, snr[0]))
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


def _flags(image, margin, find):
    # Strip by strip, so that what is computed stays in the processor's cache: dq, and the number of outliers.
    dq = image.read("dq")
    count = 0
    for strip in strips(slice(0, dq.shape[0]), dq.shape[1]):
        rows = slice(max(0, strip.start - margin), min(dq.shape[0], strip.stop + margin))
        part = (rows, slice(None))
        flagged = find(image.read("data", part) - image.level, image.read("err", part), rows)
        flagged = flagged[strip.start - rows.start : strip.stop - rows.start]
        dq[strip] |= flagged * OUTLIER
        count += np.count_nonzero(flagged)
    return dq, count


def _against_blot(blotted, snr, scale, backg, grow, data, err, rows):
    return outliers_against_blot(data, err, blotted[rows], snr, scale, backg, grow)


def _against_stack(median, snr, data, err, rows):
    with np.errstate(over="ignore"):  # where err is infinite nothing is an outlier
        return np.abs(data - median[rows]) > np.float32(snr) * np.nan_to_num(err)


def _on_grid(grid, stem):
    return next(member for member in read_grid(grid).members if member.stem == stem)


def outliers_against_blot(data, err, blotted, snr=(5.0, 4.0), scale=(1.2, 0.7), backg=0.0, grow=1):
    """Find pixels that differ from the blotted median by more than noise and blur explain.

    Parameters
    ----------
    data, err, blotted : ndarray of float32, shape (ny, nx)
        Sky-subtracted image, its 1-sigma error and the median as this detector saw it [MJy/sr].
    snr : (float, float)
        Noise that is allowed, in units of `err`: for the first mask and for its neighbourhood.
    scale : (float, float)
        Blur that is allowed, in units of the blotted image's largest step to a neighbour.
    backg : float
        Constant to subtract from the difference [MJy/sr].
    grow : int
        Half-width of the box that the first mask is grown by [pixel].

    Returns
    -------
    ndarray of bool, shape (ny, nx)
        True where the first mask, grown, and the second both hold.

    References
    ----------
    romancal outlier_detection; Fruchter & Hook 2002, PASP 114, 144, section 5.
    """
    err = np.nan_to_num(err)
    step = steepest_step(blotted)
    difference = np.abs(data - blotted - np.float32(backg))
    with np.errstate(over="ignore"):  # where err is infinite nothing is an outlier
        first, second = (
            difference > np.float32(c) * step + np.float32(s) * err for s, c in zip(snr, scale, strict=True)
        )
    return grown_mask(first, grow) & second


def grown_mask(mask, size):
    """Dilate a mask with a square footprint.

    Parameters
    ----------
    mask : ndarray of bool, shape (ny, nx)
    size : int
        How far the box reaches to each side [pixel].

    Returns
    -------
    ndarray of bool, shape (ny, nx)
    """
    for axis in (0, 1):
        mask = np.swapaxes(mask, 0, axis)
        wide = mask.copy()
        for step in range(1, size + 1):
            wide[step:] |= mask[:-step]
            wide[:-step] |= mask[step:]
        mask = np.swapaxes(wide, 0, axis)
    return mask
