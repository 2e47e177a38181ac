"""Compare a mosaic with its checksums, with the files that it was made from and with the installed packages."""

import os
import warnings
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

import asdf
import numpy as np
from asdf.exceptions import AsdfConversionWarning, AsdfWarning

from ..errors import InputError
from ..files.fingerprint import fingerprint
from ..images.image_file import file_hash, input_errors


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
        What is wrong, and what merely changed (package versions).

    Raises
    ------
    InputError
        If the file is damaged, or no mosaic of this workflow.
    """
    fingerprint(mosaic)  # asdf has no clear message for a truncated file
    with input_errors(mosaic, "cannot be read as ASDF", "make it again"), _strictly_opened(mosaic) as file:
        roman = file.tree.get("roman") or {}
        record = (roman.get("meta") or {}).get("wfimosaic")
        if record is None:
            raise InputError(f"{mosaic}: does not say what it was made of: it is no mosaic of wfimosaic")
        members = [(str(item["path"]), str(item["sha256"])) for item in record["inputs"]]
        versions = dict(record["versions"])
        errors = [line for name in roman if (line := _broken(mosaic, roman, name))]
    for name, sha256 in members:
        path = os.path.join(inputs, name)
        if not os.path.isfile(path):
            errors.append(f"{name}: is not there any more")
        elif file_hash(path) != sha256:
            errors.append(f"{name}: has changed since")
    return errors, [line for name, old in versions.items() if (line := _changed(name, old))]


@contextmanager
def _strictly_opened(path):
    # asdf only warns of what it cannot make an object of.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        warnings.simplefilter("error", AsdfConversionWarning)
        with asdf.open(path, validate_checksums=True) as file:
            yield file


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
