"""Scale a member to MJy/sr and subtract its sky level."""

import logging

import numpy as np

from ..errors import InputError
from ..files.strips import strips
from ..images.background_image import background_image
from ..images.calibration import check_has_sky, flux_scale, set_step_status, step_status
from ..images.flags import UNUSABLE
from ..images.image_file import OPTIONAL_ARRAYS, PIXEL_ARRAYS, STORED_ARRAYS, file_hash, mapped_pixels
from ..images.sky_noise import measure_sky_noise
from ..images.sky_plane import SkyPlane
from ..images.stored_image import stored_member
from ..images.unreadable import write_unreadable
from .read_noise import read_noise_variance, typical_read_noise
from .sky_record import read_sky_level

log = logging.getLogger(__name__)

# A median of a million evenly chosen pixels is as good as that of all.
MAX_PIXELS = 2**20
# Fraction of a detector's read noise variance that no pixel's own is below.
MIN_READ_NOISE = 0.1
# What half precision may typically move an error by; more is warned of.
MAX_ROUNDING = 0.005
REASONS = (
    "all its pixels are flagged DO_NOT_USE or not finite",
    "none of its good pixels has variances that make sense",
    "all its good pixels are exactly 0",
)


def subtract_sky(
    member,
    sky,
    output,
    stem,
    background=None,
    skip=False,
    skymethod="match",
    subtract=True,
    flux_skip=False,
    counts_allowed=False,
    on_bad_member="exclude",
    in_field=False,
):
    """Write a member's `_skymatch` file.

    Parameters
    ----------
    member : str
        A `_cal` file.
    sky : str
        What `match_sky` wrote.
    output : str
        The image to write, with an explicit var_rnoise and nothing in arrays that no step uses.
    stem : str
        The member's name in `sky`.
    background : str or None
        Its background image, which `match_sky` has allowed for: see `background_image`.
    skip, skymethod, subtract
        Options of skymatch. Without `subtract` the level is only recorded in the metadata.
    flux_skip, counts_allowed
        See `flux_scale`.
    on_bad_member : str
        exclude: a member without any usable pixel is written all the same, and adds nothing to the
        mosaic; fail: it is an error.
    in_field : bool
        Whether the members of other products can do without this one: if it cannot be read, the file says why.

    Raises
    ------
    InputError
    """
    try:
        _write_matched(
            *(member, sky, output, stem, background, skip, skymethod, subtract, flux_skip, counts_allowed),
            on_bad_member,
        )
    except InputError as error:
        if not in_field:
            raise
        log.warning("%s: its products cannot be made", error)
        write_unreadable(output, str(error))


def _write_matched(
    member, sky, output, stem, background, skip, skymethod, subtract, flux_skip, counts_allowed, on_bad_member
):
    sky_level = read_sky_level(sky, stem)
    with stored_member(member, sky_level.fingerprint, validate_checksums=True) as image:
        if not skip:
            check_has_sky(member, image)
        scale = flux_scale(member, image, flux_skip, counts_allowed)
        status = "SKIPPED" if skip else sky_level.status
        subtracted = bool(subtract and status == "COMPLETE")
        matched = {
            "level": sky_level.level,
            "method": "None" if skymethod == "user" else skymethod,  # the schema knows no more
            "subtracted": subtracted,
            "error": sky_level.error,
        }
        if sky_level.slope:
            matched |= {"slope": list(sky_level.slope), "slope_error": list(sky_level.slope_error)}
        plane = SkyPlane.of(matched if subtracted else None, image["data"].shape)
        source = {
            name: mapped_pixels(member, image, name) for name in (*PIXEL_ARRAYS, *OPTIONAL_ARRAYS) if name in image
        }
        _empty_others(member, image)
        kinds = {name: array.dtype for name, array in ({"var_rnoise": source["err"]} | source).items()}
        kinds = {name: kinds[name] for name in STORED_ARRAYS if name in kinds}
        with image.saved_as(output, kinds) as file:
            with background_image(background, plane.shape) as own:
                sky_noise, usable = _scale(member, source, scale, own, plane, file)
            reason = why_unusable(usable)
            if reason:
                _exclude(member, file.arrays, reason, on_bad_member)
            if not skip:
                image.meta["background"] = matched
            set_step_status(image, "skymatch", status)
            if step_status(image, "flux") != "COMPLETE":
                set_step_status(image, "flux", "SKIPPED" if flux_skip else "COMPLETE")
            image.meta["wfimosaic"] = {"sha256": file_hash(member), "unusable": reason, "sky_noise": sky_noise}
            if background:
                own_file = {"path": str(background), "sha256": file_hash(background)}
                image.meta["wfimosaic"]["background_image"] = own_file
    error = f" +- {sky_level.error:.2g}" if sky_level.error is not None else ""
    log.info("%s: scaled by %.6g, sky level %.6g%s (%s)", stem, scale, sky_level.level, error, status)


def _empty_others(member, image):
    # The schema may ask for reference pixels and other arrays, in any size; no step does.
    for name in set(image.keys()) - {"meta", *STORED_ARRAYS}:
        if hasattr(image[name], "dtype"):
            # Read all the same: a file that is damaged there is damaged.
            array = mapped_pixels(member, image, name)
            image[name] = np.zeros((0,) * array.ndim, array.dtype)


def _scale(member, source, scale, background, sky, file):
    # Compute the arrays in MJy/sr as they are stored, strip by strip in the processor's cache. Returns the variance of
    # empty sky and their `usable_pixels`.
    noise = [name for name in source if name not in ("dq", "data")]
    precision = np.finfo(source["err"].dtype).eps
    kinds = {name: np.dtype(place.dtype) for name, place in file.places.items()}

    def read(name, rows):
        return source[name][rows].astype(np.float32)

    step = 1 + source["err"].size // MAX_PIXELS
    sample = {name: source[name].ravel()[::step].astype(np.float32) for name in noise}
    typical = typical_read_noise(**sample)
    _check_range(member, {**{name: _median(sample[name]) for name in noise}, "var_rnoise": typical}, scale, kinds)
    sky_noise = measure_sky_noise(source["data"], source["dq"], source["err"])
    usable, low = np.zeros(3, bool), 0
    for rows in strips(slice(0, len(source["data"])), source["data"].shape[1]):
        data = read("data", rows) - background[rows].astype(np.float32)
        arrays = {name: read(name, rows) for name in noise}
        arrays["var_rnoise"] = read_noise_variance(**arrays, precision=precision, typical=typical)
        usable |= usable_pixels(data, source["dq"][rows], arrays["var_rnoise"])
        low += np.count_nonzero(arrays["var_rnoise"] < MIN_READ_NOISE * typical)
        data *= scale
        data -= sky.over(rows, slice(None))
        file.write("data", rows.start, _as_stored(data, kinds["data"]))
        file.write("dq", rows.start, source["dq"][rows])
        for name in kinds.keys() & arrays.keys():
            arrays[name] *= scale**2 if name.startswith("var_") else scale
            file.write(name, rows.start, _as_stored(arrays[name], kinds[name]))
    if low:
        log.warning("%s: %d pixels have a var_rnoise far below the detector's: only ivm weighs by it", member, low)
    usable[1] &= np.isfinite(sky_noise).any()
    return sky_noise * scale**2, usable


def usable_pixels(data, dq, var_rnoise):
    """Check which kinds of good pixels an image has.

    Parameters
    ----------
    data, var_rnoise : ndarray of float32, shape (ny, nx)
    dq : ndarray of uint32, shape (ny, nx)

    Returns
    -------
    ndarray of bool, shape (3,)
        Whether any pixel is good, whether a good one has a weight, whether a good one is not 0.
    """
    good = ((dq & UNUSABLE) == 0) & np.isfinite(data)
    return np.array([good.any(), (good & (var_rnoise > 0)).any(), (good & (data != 0)).any()])


def why_unusable(usable):
    """Return the reason to exclude a member, from the `usable_pixels` of all of it: str or None."""
    return next((reason for reason, passed in zip(REASONS, usable, strict=True) if not passed), None)


def _exclude(member, arrays, reason, on_bad_member):
    message = f"{member}: has no usable pixel: {reason}"
    if on_bad_member == "fail":
        raise InputError(f"{message}: take it out of the association, or set on_bad_member: exclude")
    log.warning("%s: it adds nothing to the mosaic", message)
    # Flags can be ignored on purpose, by good_bits; noise that is unknown and a dead detector cannot.
    if reason != REASONS[0]:
        arrays["data"][:] = np.nan


def _as_stored(array, dtype):
    # The schema may ask for half precision; a value beyond its range becomes its largest, not infinite.
    if dtype == array.dtype:
        return array
    largest = np.finfo(dtype).max
    if np.fmax.reduce(array, axis=None) > largest:
        array = np.where(np.isfinite(array), np.minimum(array, largest), array)
    stored = array.astype(dtype)
    # Nor does a positive variance become 0, which would weigh nothing. (numpy is slow where it compares half
    # precision: half of the smallest positive number is rounded to 0.)
    smallest = np.finfo(dtype).smallest_subnormal
    stored[(array > 0) & (array <= np.float32(smallest) / 2)] = smallest
    return stored


def _median(values):
    positive = values[(values > 0) & (values < np.inf)]
    return np.median(positive) if positive.size else np.nan


def _check_range(member, typical, scale, kinds):
    # Errors and variances that the file's precision makes the same everywhere would make weights up.
    for name, value in typical.items():
        value = float(value) * float(scale) ** (2 if name.startswith("var_") else 1)
        limits = np.finfo(kinds[name])
        # Weights are float32, too.
        smallest = max(float(limits.smallest_subnormal), 1 / float(np.finfo(np.float32).max))
        # Light may be too faint to have noise; read noise is not.
        matters = name in ("err", "var_rnoise")
        if value > float(limits.max) or (value < smallest and matters):
            raise InputError(
                f"{member}: its {name} is typically {value:.2g} in units of MJy/sr, {limits.dtype} reaches from "
                f"{smallest:.1g} to {float(limits.max):.2g}: check photometry.conversion_megajanskys ({scale:g})"
            )
        rounding = 0.5 * max(smallest / value, float(limits.eps)) if value > 0 else 0
        if rounding > MAX_ROUNDING and matters:
            log.warning(
                "%s: %s is so small, %.2g, that %s rounds it by up to %.2g %%",
                *(member, name, value, limits.dtype, 100 * rounding),
            )
