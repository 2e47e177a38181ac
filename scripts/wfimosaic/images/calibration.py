"""What an image's metadata say of its calibration: units and the status of each step."""

import numpy as np

from ..errors import InputError

CALIBRATION_STEPS = [
    "assign_wcs",
    "dark",
    "dark_decay",
    "dq_init",
    "flat_field",
    "flux",
    "linearity",
    "outlier_detection",
    "photom",
    "ramp_fit",
    "refpix",
    "saturation",
    "skymatch",
    "source_catalog",
    "tweakreg",
    "wfi18_transient",
]


def flux_scale(path, model, skip=False, counts_allowed=False):
    """Return the factor from the image's units to MJy/sr.

    Parameters
    ----------
    path : str or Path
    model : ImageModel
    skip : bool
        Leave the arrays as they are.
    counts_allowed : bool
        Whether DN/s may go through when skipping.

    Returns
    -------
    float32
        1 where the image is in MJy/sr already.
    """
    if step_status(model, "flux") == "COMPLETE":
        return np.float32(1)
    if skip:
        if not counts_allowed:
            raise InputError(f"{path}: is in DN/s, and flux.skip is true: a mosaic needs MJy/sr; set flux.skip: false")
        return np.float32(1)
    factor = model.meta["photometry"].get("conversion_megajanskys")
    if factor is None or not np.isfinite(factor) or factor <= 0:
        raise InputError(
            f"{path}: photometry.conversion_megajanskys is {factor}: flux needs a positive number: calibrate it again"
        )
    return np.float32(factor)


def check_has_sky(path, model):
    """Raise InputError if the sky has been subtracted from an image."""
    if (model.meta.get("background") or {}).get("subtracted"):
        raise InputError(f"{path}: its sky is subtracted already: give the _cal file, or set skymatch.skip")


def step_status(model, step):
    """Return the status of a calibration step in the metadata: COMPLETE, SKIPPED, INCOMPLETE ..."""
    return str((model.meta.get("cal_step") or {}).get(step, "INCOMPLETE"))


def set_step_status(model, step, status):
    """Record a calibration step in the metadata, which need not have any yet."""
    if model.meta.get("cal_step") is None:
        model.meta["cal_step"] = dict.fromkeys(CALIBRATION_STEPS, "INCOMPLETE")
    model.meta["cal_step"][step] = status
