"""Compare a mosaic with its checksums, with the files that it was made from and with the installed packages."""

import os
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from ..association.urls import is_url
from ..errors import InputError
from ..images.image_file import file_hash, input_errors
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic


def verify_mosaic(mosaic, inputs="."):
    """Compare a mosaic with its own checksums, its inputs' and the installed packages.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file.
    inputs : str
        Folder that relative paths of inputs start at.

    Returns
    -------
    errors, notes : list of str
        What is wrong, and what merely changed (package versions) or is not compared (inputs at URLs).

    Raises
    ------
    InputError
        If the file is damaged, or no mosaic of this workflow; if its arrays are whole and none of its inputs is there.
    """
    with input_errors(mosaic, "cannot be read as ASDF", "make it again"), open_mosaic(mosaic, strict=True) as roman:
        record = MosaicRecord.of(roman["meta"])
        errors = [line for name in roman if (line := _broken(mosaic, roman, name))]
    remote = sum(is_url(item["path"]) for item in record.inputs)
    files = [item for item in record.inputs if not is_url(item["path"])]
    there = [item for item in files if os.path.isfile(os.path.join(inputs, item["path"]))]
    errors += [
        f"{item['path']}: has changed since"
        for item in there
        if file_hash(os.path.join(inputs, item["path"])) != item["sha256"]
    ]
    if files and not there:
        nothing = (
            f"{files[0]['path']}: is not there, nor any other of {len(files)} inputs: relative paths "
            f"start at the folder that snakemake ran in, not at {inputs}: give it with --inputs"
        )
        if not errors:  # then nothing is known to be wrong but where was looked
            raise InputError(nothing)
        errors.append(nothing)
    else:
        errors += [f"{item['path']}: is not there any more" for item in files if item not in there]
    notes = [f"note: {remote} inputs at URLs are not compared"] if remote else []
    return errors, notes + [line for name, old in record.versions.items() if (line := _changed(name, old))]


def _broken(mosaic, roman, name):
    if not hasattr(roman[name], "dtype"):
        return None
    try:
        np.asarray(roman[name])[..., :1, :1].sum()
    except ValueError:
        return f"{mosaic}: {name} does not match its checksum"
    except MemoryError:  # a damaged block may claim any size
        return f"{mosaic}: {name} claims more memory than there is"
    return None


def _changed(name, old):
    if name in ("python", "wfimosaic"):
        return None
    try:
        new = version(name)
    except PackageNotFoundError:
        return f"note: {name} {old} was used, none is installed"
    return f"note: {name} {old} was used, {new} is installed" if new != old else None
