"""Scale a member to MJy/sr and subtract its sky level."""

import json
import logging

import numpy as np

from .errors import InputError
from .flags import good_pixels
from .image_file import (
    OPTIONAL_ARRAYS,
    file_hash,
    flux_scale,
    open_image,
    pixels,
    save_image,
    set_step_status,
    step_status,
)

log = logging.getLogger(__name__)

# A median of a million evenly chosen pixels is as good as that of all.
MOST_PIXELS = 2**20
UNUSABLE = "~DO_NOT_USE+NON_SCIENCE"


def subtract_sky(
    member,
    sky,
    output,
    stem,
    skip=False,
    skymethod="match",
    subtract=True,
    flux_skip=False,
    counts_allowed=False,
    on_bad_member="leave_out",
):
    """Write a member's `_skymatch` file.

    Parameters
    ----------
    member : str
        A `_cal` file.
    sky : str
        What `match_sky` wrote.
    output : str
        The image to write, with an explicit var_rnoise.
    stem : str
        The member's name in `sky`.
    skip, skymethod, subtract
        Options of skymatch. Without `subtract` the level stands in the metadata alone.
    flux_skip, counts_allowed
        See `flux_scale`.
    on_bad_member : str
        leave_out: a member without any usable pixel is written all the same, and adds nothing to the
        mosaic; fail: it is an error.
    """
    with open(sky) as file:
        measured = json.load(file)["levels"][stem]
    with open_image(member, validate_checksums=True) as model:
        scale = flux_scale(member, model, flux_skip, counts_allowed)
        arrays = {name: pixels(member, model, name) for name in ("data", "err", "var_poisson")}
        arrays |= {name: pixels(member, model, name) for name in OPTIONAL_ARRAYS if name in model}
        arrays["var_rnoise"] = read_noise_variance(
            **{k: v for k, v in arrays.items() if k != "data"}, precision=np.finfo(model["err"].dtype).eps
        )
        _look_for_usable_pixels(member, model, arrays, on_bad_member)
        level = np.float32(measured["level"])
        status = "SKIPPED" if skip else measured["status"]
        for name, array in arrays.items():
            array *= scale**2 if name.startswith("var_") else scale
        if subtract and status == "COMPLETE":
            arrays["data"] -= level
        if not skip:
            model.meta["background"] = {
                "level": measured["level"],
                "method": skymethod,
                "subtracted": bool(subtract and status == "COMPLETE"),
            }
        set_step_status(model, "skymatch", status)
        if step_status(model, "flux") != "COMPLETE":
            set_step_status(model, "flux", "SKIPPED" if flux_skip else "COMPLETE")
        model.meta["wfimosaic"] = {"sha256": file_hash(member)}
        for name, array in arrays.items():
            kind = model[name].dtype if name in model else model.err.dtype
            model[name] = _as_stored(array, kind)
        _warn_if_coarse(member, model)
        save_image(model, output)
    log.info("%s: scaled by %.6g, sky level %.6g (%s)", stem, scale, level, status)


def _look_for_usable_pixels(member, model, arrays, on_bad_member):
    usable = good_pixels(arrays["data"], pixels(member, model, "dq"), UNUSABLE) & (arrays["var_rnoise"] > 0)
    if not usable.any():
        message = f"{member}: has no usable pixel (finite data, not flagged DO_NOT_USE, positive read noise variance)"
        if on_bad_member == "fail":
            raise InputError(f"{message}: take it out, or set on_bad_member: leave_out")
        log.warning("%s: it adds nothing to the mosaic", message)


def read_noise_variance(err, var_poisson, var_rnoise=None, precision=0.0, **others):
    """Give the read noise variance of every pixel, positive everywhere.

    Parameters
    ----------
    err, var_poisson : ndarray of float32, shape (ny, nx)
        Total error and Poisson variance.
    var_rnoise : ndarray of float32, optional
        As the file has it; else it is what is left of err**2.
    precision : float
        Relative spacing of the numbers that the file holds: 2**-10 for half precision.
    **others : ndarray of float32
        Further variances that err includes.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        Where the rest is not positive or not finite, or where rounding may have made a tenth of it:
        the detector's median of the positive ones (evenly sampled). Of half precision nothing but
        rounding is left in the cores of bright stars. A weight of zero would cut them out, and a
        thousandfold one would let a single pixel decide about a star's flux.
    """
    least = np.float32(0)
    rest = var_rnoise
    if rest is None:
        rest = err**2
        least = rest * np.float32(15 * precision)
        rest = rest - var_poisson
        for variance in others.values():
            rest -= variance
    good = np.isfinite(rest) & (rest > 0)
    step = 1 + rest.size // MOST_PIXELS
    sample = rest.ravel()[::step][good.ravel()[::step]]
    typical = np.median(sample) if sample.size else np.float32(np.nan)
    return np.where(good & (rest > least), rest, typical).astype(np.float32)


def _as_stored(array, dtype):
    # The schema may ask for half precision; a value beyond its range becomes its largest, not infinite.
    largest = np.finfo(dtype).max
    if np.fmax.reduce(array, axis=None) > largest:
        array = np.where(np.isfinite(array), np.minimum(array, largest), array)
    stored = array.astype(dtype)
    # Nor does a positive variance become 0, which would weigh nothing.
    return np.where((array > 0) & (stored == 0), np.finfo(dtype).smallest_subnormal, stored)


def _warn_if_coarse(member, model):
    variance = model["var_rnoise"]
    if variance.dtype == np.float16 and np.nanmedian(variance[::16, ::16].astype(np.float32)) < 6e-6:
        log.warning("%s: var_rnoise is so small that half precision rounds it by more than 0.5 %%", member)
