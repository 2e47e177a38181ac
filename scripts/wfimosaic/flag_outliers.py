"""Flag pixels of a member that differ from the median of all exposures."""

import logging

import asdf
import numpy as np
from drizzle.resample import blot_image
from scipy import ndimage

from .blocks import footprint_block
from .flags import OUTLIER
from .grid import read_grid
from .image_file import open_image, pixels, save_image, set_step_status

log = logging.getLogger(__name__)

# The linear interpolation of the median reaches one pixel; one more for rounding.
BLOT_MARGIN = 2
STRIP = 512


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
    with open_image(member) as model:
        flagged = None
        if median is not None:
            with asdf.open(median, memmap=True) as file:
                if file["skipped"] is None:
                    data, err = pixels(member, model, "data"), pixels(member, model, "err")
                    background = model.meta.get("background") or {}
                    if not background.get("subtracted"):
                        data -= np.float32(background.get("level") or 0.0)
                    if resample_data:
                        blotted = blot(np.asarray(file["data"]), _on_grid(grid, stem), float(fillval))
                        flagged = outliers_against_blot(data, err, blotted, snr, scale, backg, grow)
                    else:
                        flagged = np.abs(data - np.asarray(file["data"])) > np.float32(snr[0]) * np.nan_to_num(err)
        if flagged is None:
            set_step_status(model, "outlier_detection", "SKIPPED")
            log.info("%s: outlier detection is skipped", stem)
        else:
            model["dq"] = pixels(member, model, "dq") | flagged * OUTLIER
            set_step_status(model, "outlier_detection", "COMPLETE")
            model.meta["outlier_detection"] = {"good_bits": str(good_bits)}
            log.info("%s: %d pixels (%.3f %%) are outliers", stem, flagged.sum(), 100 * flagged.mean())
        save_image(model, output)


def _on_grid(grid, stem):
    return next(member for member in read_grid(grid).members if member.stem == stem)


def blot(median, member, fillval=np.nan):
    """Show the median as a member saw it, by linear interpolation.

    Parameters
    ----------
    median : ndarray of float32
        On the grid.
    member : GridMember
    fillval : float
        Where the median has no pixels.

    Returns
    -------
    ndarray of float32, shape of the member
    """
    blotted = np.full(member.shape, fillval, np.float32)
    block = footprint_block(member, median.shape, BLOT_MARGIN)
    if block is None:
        return blotted
    part = np.ascontiguousarray(median[block.rows, block.columns], dtype=np.float32)
    for row in range(0, member.shape[0], STRIP):
        rows = slice(row, min(row + STRIP, member.shape[0]))
        positions = member.pixel_map(rows, slice(0, member.shape[1]))
        positions -= (block.columns.start, block.rows.start)
        blot_image(part, positions, out_img=blotted[rows], fillval=fillval, interp="linear")
    return blotted


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
    first, second = (difference > np.float32(c) * step + np.float32(s) * err for s, c in zip(snr, scale, strict=True))
    if grow:
        first = ndimage.maximum_filter(first, size=2 * grow + 1, mode="nearest")
    return first & second


def steepest_step(image):
    """Give each pixel's largest absolute difference to its four neighbours, NaN where it is NaN."""
    steepest = np.where(np.isnan(image), np.float32(np.nan), np.float32(0))
    for axis in (0, 1):
        step = np.abs(np.diff(image, axis=axis))
        for side in _neighbours(steepest, axis):
            np.fmax(side, step, out=side, where=~np.isnan(side))
    return steepest


def _neighbours(image, axis):
    # Views of all pixels but the last along an axis, and of all but the first.
    return (image[:-1], image[1:]) if axis == 0 else (image[:, :-1], image[:, 1:])
