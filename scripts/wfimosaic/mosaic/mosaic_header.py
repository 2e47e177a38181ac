"""Read what a mosaic says of itself and of its members: all but its pixels."""

from dataclasses import dataclass

import gwcs
import numpy as np

from ..files.fingerprint import fingerprint
from .mosaic_file import MosaicRecord, open_mosaic
from .mosaic_model import plain


@dataclass(frozen=True)
class MosaicHeader:
    """The header of a mosaic.

    `shape` is ny, nx, `dtypes` the type of each array by its name. `members` are the names of the members' files in the
    order of the context, `rows` the metadata of each: dict of group to dict. `logs` are the members' calibration logs,
    None where it is not known whose they are. `meta` is the rest: plain values and astropy Times.
    """

    path: str
    wcs: gwcs.WCS
    shape: tuple
    dtypes: dict
    meta: dict
    members: list
    rows: list
    logs: list
    record: MosaicRecord

    @property
    def used(self):
        """Names of the members that went into some pixel: set of str."""
        excluded = {entry["path"] for entry in self.record.excluded}
        return {
            name for name, entry in zip(self.members, self.record.inputs, strict=True) if entry["path"] not in excluded
        }


def exposures_of(inputs):
    """Find the members of each exposure among a record's `inputs`: list of list of int."""
    exposures = {}
    for k, entry in enumerate(inputs):
        exposures.setdefault(str(entry["exposure"]), []).append(k)
    return list(exposures.values())


def read_mosaic_header(path):
    """Read the header of a mosaic.

    Parameters
    ----------
    path : str

    Returns
    -------
    MosaicHeader

    Raises
    ------
    InputError
        If the file is no mosaic of this workflow, or truncated.
    """
    with open_mosaic(path) as roman:
        fingerprint(path)
        meta = roman["meta"]
        members = [str(name) for name in meta["resample"]["members"]]
        rows = [{} for _ in members]
        for group, table in meta["individual_image_meta"].items():
            for member, row in zip(rows, table, strict=True):
                member[group] = {name: _value(row[name]) for name in table.colnames}
        logs = plain(roman.get("individual_image_cal_logs", []))
        return MosaicHeader(
            path=str(path),
            wcs=meta["wcs"],
            shape=roman["data"].shape,
            dtypes={name: array.dtype for name, array in roman.items() if hasattr(array, "dtype")},
            meta={k: plain(v) for k, v in meta.items() if k not in ("wcs", "individual_image_meta", "wfimosaic")},
            members=members,
            rows=rows,
            logs=logs if len(logs) == len(members) else [None] * len(members),
            record=MosaicRecord.of(meta),
        )


def _value(value):
    return value.item() if isinstance(value, np.generic) else plain(value)
