"""Put a mosaic's arrays and the members' metadata together to a MosaicModel."""

import sys
import warnings
from importlib.metadata import version

import numpy as np
from asdf.exceptions import AsdfWarning
from astropy.table import Table
from astropy.time import Time
from roman_datamodels import datamodels

from . import __version__, sphere
from .errors import InputError
from .image_file import open_image
from .whole_file import whole_file

# Groups of a member's metadata that become tables with one row per member.
TABLES = [
    "background",
    "cal_step",
    "coordinates",
    "ephemeris",
    "exposure",
    "guide_star",
    "instrument",
    "observation",
    "outlier_detection",
    "photometry",
    "pointing",
    "program",
    "rcs",
    "ref_file",
    "velocity_aberration",
    "visit",
    "wcsinfo",
]
BASIC = [
    "calibration_software_name",
    "calibration_software_version",
    "file_date",
    "filename",
    "model_type",
    "origin",
    "prd_version",
    "product_type",
    "sdf_software_version",
    "telescope",
]
# Values that the mosaic has if all members agree on them, and what it has if they do not.
COMMON = {
    "observation": dict.fromkeys(["execution_plan", "exposure", "observation", "pass", "program", "segment", "visit"]),
    "program": dict.fromkeys(["title", "investigator_name", "category", "subcategory", "science_category"]),
    "instrument": {"optical_element": None},
    "cal_step": dict.fromkeys(["flux", "outlier_detection", "skymatch"], "INCOMPLETE"),
}
GROUPING = ("execution_plan", "pass", "segment", "observation", "visit")
PACKAGES = [
    "snakemake",
    "numpy",
    "scipy",
    "astropy",
    "asdf",
    "roman_datamodels",
    "gwcs",
    "drizzle",
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
        Plain values and astropy Times; the WCS is left out.
    """
    with open_image(path) as model:
        return {key: _plain(value) for key, value in model.meta.items() if key != "wcs"}


def _plain(value):
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Time):
        return Time(value.isot, format="isot", scale=value.scale)
    if hasattr(value, "append"):
        return [_plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def mosaic_model(arrays, grid, members, recipe, times, statistics, association, record):
    """Make the mosaic's data model.

    Parameters
    ----------
    arrays : dict of str to ndarray
        data, context, err, weight, var_poisson, var_rnoise and, if wanted, var_flat and dq.
    grid : Grid
    members : list of dict
        What `read_member_metadata` gave, in the members' order.
    recipe : Recipe
    times : dict
        exposure_time and max_exposure_time [s].
    statistics : dict
        What `image_statistics` gave.
    association : dict
        name, target and data_release_id.
    record : dict
        Settings of all steps and what else is to be remembered.

    Returns
    -------
    roman_datamodels.datamodels.MosaicModel
    """
    for name, array in arrays.items():
        if array.shape[-2:] != grid.shape:
            raise ValueError(f"{name} is {array.shape}, the grid {grid.shape}")
    model = datamodels.MosaicModel.create_minimal()
    meta = model.meta
    meta.calibration_software_name = type(meta.calibration_software_name)("wfimosaic")
    meta["calibration_software_version"] = __version__
    meta["product_type"] = "p_visit_coadd"
    meta["data_release_id"] = association["data_release_id"]
    meta["association"] = {"name": association["name"]}
    for group, defaults in COMMON.items():
        for key, default in defaults.items():
            meta[group][key] = _common([member.get(group, {}).get(key) for member in members], default)
    observation = meta["observation"]
    known = all(observation[key] is not None for key in GROUPING)
    numbers = [observation[key] for key in GROUPING]
    observation["exposure_grouping"] = "v{:02d}{:03d}{:03d}{:03d}{:03d}".format(*numbers) if known else None
    meta["cal_step"]["resample"] = "COMPLETE"
    starts = Time([member["exposure"]["start_time"] for member in members])
    ends = Time([member["exposure"]["end_time"] for member in members])
    meta["coadd_info"] = {"time_first": starts.min(), "time_last": ends.max(), "time_mean": starts.mean(), **times}
    meta["statistics"] = statistics
    meta["resample"] = {
        "good_bits": str(recipe.good_bits),
        "members": [f"{member.stem}_cal.asdf" for member in grid.members],
        "pixel_scale_ratio": grid.pixel_scale_ratio,
        "pixfrac": float(recipe.drop.pixfrac),
        "pixmap_order": grid.members[0].coefficients.shape[0] - 1,
        "pixmap_stepsize": max(1, round(max(grid.members[0].shape) / grid.members[0].coefficients.shape[0])),
        "pointings": len(grid.groups()),
        "weight_type": recipe.weight_type,
    }
    meta["individual_image_meta"] = image_tables(members, meta["resample"]["members"])
    meta["wcsinfo"] = wcs_information(grid, association["target"])
    meta["wcs"] = grid.wcs
    meta["wfimosaic"] = {**record, "inputs": _inputs(grid, members), "versions": _versions()}
    meta["cal_logs"] = cal_logs(record)
    for name, array in arrays.items():
        model[name] = array
    model["individual_image_cal_logs"] = [member["cal_logs"] for member in members if member.get("cal_logs")]
    return model


def _common(values, default):
    return values[0] if all(value == values[0] for value in values) and values[0] is not None else default


def _inputs(grid, members):
    return [
        {"path": member.path, "sha256": metadata.get("wfimosaic", {}).get("sha256", "unknown")}
        for member, metadata in zip(grid.members, members, strict=True)
    ]


def _versions():
    return {"python": sys.version.split()[0], "wfimosaic": __version__} | {name: version(name) for name in PACKAGES}


def cal_logs(record):
    """Say in romancal's way of log lines what was done with which settings: list of str."""
    now = Time.now().isot
    return [
        f"{now}Z :: wfimosaic.{step} :: INFO :: {name} = {value}"
        for step, settings in sorted(record.get("settings", {}).items())
        for name, value in sorted(settings.items())
    ]


def image_tables(members, names):
    """Make tables with one row for each member.

    Parameters
    ----------
    members : list of dict
        Metadata.
    names : list of str
        The members' file names, which the intermediate files do not have.

    Returns
    -------
    dict of str to astropy.table.Table
        Missing numbers are NaN; mixed or nested values are text.
    """
    rows = {
        "basic": [
            {key: m[key] for key in BASIC if key in m} | {"filename": n} for m, n in zip(members, names, strict=True)
        ]
    }
    for group in TABLES:
        rows[group] = [member.get(group) or {} for member in members]
    return {group: _table(values) for group, values in rows.items() if any(values)}


def _table(rows):
    keys = dict.fromkeys(key for row in rows for key in row)
    return Table({key: _column([row.get(key) for row in rows]) for key in keys})


def _column(values):
    values = [str(value) if isinstance(value, list | dict) else value for value in values]
    present = [value for value in values if value is not None]
    if len(present) == len(values) and len({type(value) for value in values}) == 1:
        return values
    if present and all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        return [float("nan") if value is None else float(value) for value in values]
    return [str(value) for value in values]


def wcs_information(grid, target):
    """Describe the grid in the words of the schema's wcsinfo group.

    Parameters
    ----------
    grid : Grid
    target : str or None
        Name of the skycell.

    Returns
    -------
    dict
    """
    wcs, (ny, nx) = grid.wcs, grid.shape
    transform = wcs.forward_transform
    middle = ((nx - 1) / 2, (ny - 1) / 2)
    if hasattr(transform, "crpix"):
        reference = tuple(float(value) for value in transform.crpix.value)
        matrix = transform.pc.value.tolist()
    else:
        reference, matrix = middle, None
    at_middle, at_reference = (_local_geometry(wcs, *pixel) for pixel in (middle, reference))
    if matrix is None:
        angle = np.radians(at_reference["orientation"])
        matrix = [[-float(np.cos(angle)), float(np.sin(angle))], [float(np.sin(angle)), float(np.cos(angle))]]
    corners = np.array([[-0.5, -0.5], [-0.5, ny - 0.5], [nx - 0.5, ny - 0.5], [nx - 0.5, -0.5]])
    vertices = np.column_stack(wcs(*corners.T, with_bounding_box=False))
    return {
        "ra": at_middle["ra"],
        "dec": at_middle["dec"],
        "pixel_scale": at_middle["pixel_scale"],
        "orientation": at_middle["orientation"],
        "ra_ref": at_reference["ra"],
        "dec_ref": at_reference["dec"],
        "x_ref": reference[0],
        "y_ref": reference[1],
        "pixel_scale_ref": float(transform.cdelt[0]) if hasattr(transform, "cdelt") else at_reference["pixel_scale"],
        "orientation_ref": at_reference["orientation"],
        "rotation_matrix": matrix,
        "projection": "TAN",
        "image_shape": [int(ny), int(nx)],
        "s_region": "POLYGON ICRS  " + " ".join(f"{value:.9f}" for value in vertices.ravel()),
        "skycell_name": target or "None",
    }


def _local_geometry(wcs, x, y):
    ra, dec = wcs(np.array([x, x + 1, x, x]), np.array([y, y, y + 1, y + 100]), with_bounding_box=False)
    steps = sphere.separation(ra[0], dec[0], ra[1:3], dec[1:3])
    return {
        "ra": float(ra[0] % 360),
        "dec": float(dec[0]),
        "pixel_scale": float(np.sqrt(steps[0] * steps[1])),
        "orientation": float(sphere.position_angle(ra[0], dec[0], ra[3], dec[3])),
    }


def save_mosaic(model, path):
    """Validate a mosaic and write it whole.

    Parameters
    ----------
    model : MosaicModel
    path : str

    Raises
    ------
    InputError
        If the model breaks the schema.
    """
    with whole_file(path) as part, warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        model.meta["filename"] = str(path).rsplit("/", 1)[-1]
        try:
            model.validate()
        except Exception as error:
            raise InputError(f"{path}: the mosaic's metadata breaks the Roman schema: {str(error)[:300]}") from error
        tree = model.open_asdf()
        tree["roman"] = model._instance
        tree.write_to(part, all_array_compression=None)
