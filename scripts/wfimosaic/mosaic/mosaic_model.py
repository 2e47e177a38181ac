"""Make a MosaicModel of a mosaic's arrays and the members' metadata."""

import os
import sys
from importlib.metadata import version

from astropy.time import Time
from roman_datamodels import datamodels

from .. import __version__
from ..images.image_file import open_image
from .common_metadata import common_metadata
from .image_tables import image_tables
from .mosaic_file import MosaicRecord
from .wcs_information import wcs_information

PACKAGES = [
    "snakemake",
    "numpy",
    "scipy",
    "astropy",
    "asdf",
    "roman_datamodels",
    "gwcs",
    "drizzle",
    "numba",
    "rad",
    "stsci.imagestats",
    "shapely",
]


def read_member_metadata(path):
    """Read a member's metadata.

    Parameters
    ----------
    path : str
        An `_outlier_detection` file.

    Returns
    -------
    dict
        Plain values and astropy Times; without the WCS.
    """
    with open_image(path) as model:
        return {key: plain(value) for key, value in model.meta.items() if key != "wcs"}


def plain(value):
    """Return metadata as plain values and astropy Times that belong to no file."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Time):
        return Time(value.isot, format="isot", scale=value.scale)
    if hasattr(value, "append"):
        return [plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def mosaic_model(grid, members, recipe, times, statistics, association, settings, excluded, single, used, noise):
    """Make the data model of a mosaic, without its arrays.

    Parameters
    ----------
    grid : Grid
    members : list of dict
        As `read_member_metadata` returns them, in the members' order.
    recipe : Recipe
    times : dict
        exposure_time and max_exposure_time [s].
    statistics : dict
        See `image_statistics`.
    association : dict
        name and data_release_id.
    settings, excluded
        See `MosaicRecord`.
    single : float
        Fraction of the covered area on which only one exposure fell.
    used : list of int
        Indices of the members that went into some pixel: these have to agree, and give the times.
    noise : dict
        See `noise_record`.

    Returns
    -------
    roman_datamodels.datamodels.MosaicModel
    """
    model = datamodels.MosaicModel.create_minimal()
    meta = model.meta
    meta.calibration_software_name = type(meta.calibration_software_name)("wfimosaic")
    meta["calibration_software_version"] = __version__
    meta["data_release_id"] = association["data_release_id"]
    meta["association"] = {"name": association["name"]}
    for group, values in common_metadata([members[k] for k in used], association["data_release_id"]).items():
        meta[group] = values if isinstance(values, str) else {**meta[group], **values}
    meta["cal_step"]["resample"] = "COMPLETE"
    meta["coadd_info"] = {**time_span(grid.groups().values(), members, used), **times}
    meta["statistics"] = statistics
    meta["resample"] = {
        "good_bits": str(recipe.good_bits),
        "members": [os.path.basename(member.path) for member in grid.members],
        "pixel_scale_ratio": grid.pixel_scale_ratio,
        "pixfrac": float(recipe.drop.pixfrac),
        "pixmap_order": grid.members[0].coefficients.shape[0] - 1,
        "pixmap_stepsize": max(1, round(max(grid.members[0].shape) / grid.members[0].coefficients.shape[0])),
        "pointings": len(used),  # of images, says the schema
        "weight_type": recipe.weight_type,
    }
    meta["individual_image_meta"] = image_tables(members, meta["resample"]["members"])
    meta["wcsinfo"] = wcs_information(grid, grid.skycell)
    meta["wcs"] = grid.wcs
    unchecked = single if meta["cal_step"]["outlier_detection"] == "COMPLETE" else 1.0
    MosaicRecord(settings, excluded, unchecked, _inputs(grid, members), _versions(), noise).save_to(meta)
    meta["cal_logs"] = cal_logs(settings)
    model["individual_image_cal_logs"] = [member["cal_logs"] for member in members if member.get("cal_logs")]
    return model


def time_span(groups, members, used):
    """Compute when the exposures of a mosaic were taken.

    Parameters
    ----------
    groups : iterable of list of int
        Members of each exposure.
    members : list of dict
        Metadata, with the group `exposure`.
    used : collection of int
        The members that count.

    Returns
    -------
    dict of str to Time
        time_first, time_last and time_mean, the mean of the exposures: a detector more or less does not move it.
    """
    exposures = [[k for k in indices if k in used] for indices in groups]
    starts, ends = (
        [Time([members[k]["exposure"][key] for k in indices]) for indices in exposures if indices]
        for key in ("start_time", "end_time")
    )
    return {
        "time_first": Time([start.min() for start in starts]).min(),
        "time_last": Time([end.max() for end in ends]).max(),
        "time_mean": Time([start.mean() for start in starts]).mean(),
    }


def _inputs(grid, members):
    return [
        {
            "path": member.path,
            "sha256": metadata.get("wfimosaic", {}).get("sha256", "unknown"),
            "exposure": member.group,
        }
        for member, metadata in zip(grid.members, members, strict=True)
    ]


def _versions():
    return {"python": sys.version.split()[0], "wfimosaic": __version__} | {name: version(name) for name in PACKAGES}


def cal_logs(settings):
    """Write the settings of each step in romancal's form of log lines: list of str."""
    now = Time.now().isot
    return [
        f"{now}Z :: wfimosaic.{step} :: INFO :: {name} = {value}"
        for step, options in sorted(settings.items())
        for name, value in sorted(options.items())
    ]
