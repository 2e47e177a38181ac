"""Tables of the members' metadata, one row for each."""

from astropy.table import Table

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
    return {group: table_of(values) for group, values in rows.items() if any(values)}


def table_of(rows):
    """Make a table of rows (list of dict) that may lack keys: astropy.table.Table."""
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
