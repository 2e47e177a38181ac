"""Simulate calibrated images of dithered exposures: for the demo, the tests and the benchmark."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.time import Time, TimeDelta
from roman_datamodels import datamodels
from roman_datamodels.dqflags import pixel

from ..errors import InputError
from ..images.calibration import CALIBRATION_STEPS
from ..images.image_file import save_image
from ..workers import run_in_workers
from .focal_plane import PIXEL_SCALE, detector_offset, detector_wcs
from .scene import PSF, make_scene, render, roman_psf

EXPOSURE_TIME = 139.0
GAIN = 2.0
READ_NOISE = 0.02
CONVERSION = 0.77
NAME = re.compile(r"r(?P<visit>\d{19})_(?P<exposure>\d{4})_wfi(?P<detector>\d{2})_(?P<filter>f\d{3})_cal\.asdf")


@dataclass(frozen=True)
class Truth:
    """The defects of a simulated image: where cosmic rays hit and which pixels are bad (ndarray of bool)."""

    cosmic_rays: np.ndarray
    bad: np.ndarray


def simulate_image(
    scene,
    pointing,
    detector=1,
    shape=(1000, 1000),
    background=0.3,
    seed=0,
    cosmic_rays=300,
    bad_fraction=0.002,
    optical_element="F158",
    psf=None,
    noise=True,
    read_noise_array=False,
    with_inverse=False,
    tag=None,
    middle=None,
):
    """Simulate one detector of one exposure.

    Parameters
    ----------
    scene : Scene
    pointing : (float, float, float)
        See `detector_wcs`.
    detector : int
    shape : (int, int)
        ny, nx.
    background : float
        Sky [DN/s].
    seed : int
        Of noise and defects.
    cosmic_rays : int
        Hits, of 1 to 3 pixels each.
    bad_fraction : float
        Of pixels flagged DO_NOT_USE, some of them not finite.
    optical_element : str
        The filter.
    psf : list of (float, float), optional
        See `render`; else the filter's.
    noise : bool
    read_noise_array : bool
        Whether var_rnoise is written; new files leave it out.
    with_inverse : bool
        See `detector_wcs`.
    tag : str, optional
        Of an older schema.
    middle : (float, float), optional
        See `detector_wcs`.

    Returns
    -------
    ImageModel, Truth
    """
    rng = np.random.default_rng(seed)
    wcs = detector_wcs(pointing, detector, shape, with_inverse=with_inverse, middle=middle)
    rate = background + render(scene, wcs, shape, psf or roman_psf(optical_element))
    var_poisson = rate / (GAIN * EXPOSURE_TIME)
    var_rnoise = np.float32(READ_NOISE**2) * rng.uniform(0.9, 1.1, shape).astype(np.float32)
    err = np.sqrt(var_poisson + var_rnoise)
    data = rate + (err * rng.standard_normal(shape, dtype=np.float32) if noise else 0)
    truth = _add_defects(data, err, rng, cosmic_rays, bad_fraction)

    model = datamodels.ImageModel.create_fake_data(shape=shape, tag=tag)
    for name in [key for key in model if "border_ref_pix" in key or key == "amp33"]:
        model[name] = np.array(model[name][:4])  # not simulated, and not worth a full array each
    model["data"] = data.astype(np.float32)
    model["dq"] = np.where(truth.bad, np.uint32(pixel.DO_NOT_USE), np.uint32(0))
    for name, array in (("err", err), ("var_poisson", var_poisson), ("var_rnoise", var_rnoise)):
        if name != "var_rnoise" or read_noise_array or name in model:
            model[name] = array.astype(model["err"].dtype)
    model.meta["wcs"] = wcs
    _fill_metadata(model.meta, wcs, pointing, detector, optical_element, shape)
    return model, truth


def _add_defects(data, err, rng, cosmic_rays, bad_fraction):
    ny, nx = data.shape
    hit = np.zeros(data.shape, bool)
    for y, x, length, upright in zip(
        rng.integers(0, ny, cosmic_rays),
        rng.integers(0, nx, cosmic_rays),
        rng.integers(1, 4, cosmic_rays),
        rng.random(cosmic_rays) < 0.5,
        strict=True,
    ):
        track = (slice(y, y + length), x) if upright else (y, slice(x, x + length))
        hit[track] = True
    data[hit] += err[hit] * rng.uniform(30, 1000, hit.sum()).astype(np.float32)
    bad = rng.random(data.shape) < bad_fraction
    data[bad] = rng.choice(np.array([0, 50, np.nan], np.float32), bad.sum())
    return Truth(hit, bad)


def _fill_metadata(meta, wcs, pointing, detector, optical_element, shape):
    ra, dec = wcs((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    corners = wcs.footprint()
    meta["wcsinfo"] |= {
        "ra_ref": float(ra),
        "dec_ref": float(dec),
        "roll_ref": float(pointing[2]),
        "v3yangle": 0.0,
        "vparity": -1,
        "s_region": "POLYGON ICRS  " + " ".join(f"{value:.9f}" for value in np.ravel(corners)),
    }
    meta["instrument"] |= {"detector": f"WFI{detector:02d}", "optical_element": optical_element}
    meta["photometry"] |= {
        "conversion_megajanskys": CONVERSION,
        "conversion_megajanskys_uncertainty": 0.0,
        "pixel_area": float(np.radians(PIXEL_SCALE / 3600) ** 2),
    }
    meta["exposure"] |= {"exposure_time": EXPOSURE_TIME, "effective_exposure_time": EXPOSURE_TIME, "type": "WFI_IMAGE"}
    later = ("flux", "skymatch", "outlier_detection", "source_catalog")
    meta["cal_step"] = {step: "INCOMPLETE" if step in later else "COMPLETE" for step in CALIBRATION_STEPS}


def name_exposure(model, visit, exposure):
    """Number an image's exposure in its metadata; all detectors of one share the observation_id."""
    start = Time("2027-03-01T00:00:00") + TimeDelta(600.0 * exposure, format="sec")
    spans = {"program": 5, "execution_plan": 7, "pass": 10, "segment": 13, "observation": 16, "visit": 19}
    numbers = {
        key: int(visit[first:last]) for (key, last), first in zip(spans.items(), (0, 5, 7, 10, 13, 16), strict=True)
    }
    model.meta["observation"] |= numbers | {
        "exposure": exposure,
        "visit_id": visit,
        "observation_id": f"{visit}{exposure:04d}",
    }
    model.meta["exposure"] |= {"start_time": start, "end_time": start + TimeDelta(EXPOSURE_TIME, format="sec")}


def dither(exposure, center, shape):
    """Point the n-th exposure: RA, Dec and roll [deg], with steps that close the gaps of the focal plane."""
    step = 0.13 * max(shape) * PIXEL_SCALE / 3600
    angle = 2.39996 * exposure
    ra = center[0] + step * np.sqrt(exposure) * np.cos(angle) / np.cos(np.radians(center[1]))
    return ra, center[1] + step * np.sqrt(exposure) * np.sin(angle), (0.0, 0.0, 12.0, 12.0, -20.0, 35.0)[exposure % 6]


def simulate_members(paths, shape=(1000, 1000), center=(270.0, 66.0), density=1.0, workers=1, **settings):
    """Simulate the members that file names like r0000101001001001001_0001_wfi01_f158_cal.asdf stand for.

    Parameters
    ----------
    paths : list of str
        Files to write. Exposure numbers give the dither, detectors the position; the middle of the
        detectors that occur is where the telescope points.
    shape : (int, int)
        ny, nx.
    center : (float, float)
        RA and Dec of the field [deg].
    density : float
        Sources, relative to 150 stars and 150 galaxies in 1000 x 1000 pixels.
    workers : int
    **settings
        Of `simulate_image`.

    Returns
    -------
    list of Truth
    """
    names = [_name(path) for path in paths]
    offsets = np.array([detector_offset(int(name["detector"])) for name in names])
    middle = tuple((offsets.min(axis=0) + offsets.max(axis=0)) / 2)
    steps = 0.13 * np.sqrt(max(int(name["exposure"]) for name in names))
    half_width = (np.hypot(*np.ptp(offsets, axis=0)) / 2 + 0.8 + steps) * max(shape)
    count = int(150 * density * (2 * half_width / 1000) ** 2)
    scene = make_scene(*center, half_width * PIXEL_SCALE, count, count)
    tasks = [(str(path), scene, tuple(shape), tuple(center), middle, settings) for path in paths]
    return list(run_in_workers(_simulate_member, tasks, workers, "member"))


def _name(path):
    match = NAME.fullmatch(Path(path).name)
    if match is None or match["filter"].upper() not in PSF:
        what = "which exposure, detector and filter it is"
        raise InputError(f"{path}: cannot be simulated: its name does not say {what}")
    return match


def _simulate_member(path, scene, shape, center, middle, settings):
    name = _name(path)
    exposure, detector = int(name["exposure"]), int(name["detector"])
    rng = np.random.default_rng([exposure, detector])
    varied = {
        "background": 0.3 + 0.1 * rng.random(),
        "cosmic_rays": int(3e-4 * shape[0] * shape[1]),
        "seed": 1000 * exposure + detector,
        "optical_element": name["filter"].upper(),
    }
    model, truth = simulate_image(
        scene, dither(exposure, center, shape), detector, shape, middle=middle, **{**varied, **settings}
    )
    name_exposure(model, name["visit"], exposure)
    save_image(model, path)
    return truth
