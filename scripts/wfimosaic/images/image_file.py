"""Open, check and save Level 2 (`_cal`) images (roman_datamodels ImageModel)."""

import errno
import hashlib
import os
import warnings
from collections.abc import Mapping, MutableSequence
from contextlib import contextmanager
from pathlib import Path

import asdf
import numpy as np
from asdf.exceptions import AsdfConversionWarning, AsdfWarning, ValidationError

from ..errors import InputError
from ..files.atomic_write import atomic_write
from ..files.checksums import check_when_read
from ..files.plain_asdf import plain_asdf
from ..files.schemas import newer_schemas_named
from ..files.strips import release_pages

UNKNOWN = -999999
PIXEL_ARRAYS = ("data", "dq", "err", "var_poisson")
OPTIONAL_ARRAYS = ("var_rnoise", "var_flat", "var_dark")
# What intermediate images have of a member.
STORED_ARRAYS = (*PIXEL_ARRAYS, "var_rnoise", "var_flat")
# Bytes that are hashed at once.
CHUNK = 2**22


@contextmanager
def open_image(path, validate=False, validate_checksums=False):
    """Open a Level 2 image, its arrays mapped into memory where the file is not compressed.

    Parameters
    ----------
    path : str or Path
    validate : bool
        Whether the tree is compared with the Roman schema and all metadata are read, which takes 0.1 s.
        Before that they may be anything: needed where a file from elsewhere is opened for the first time.
    validate_checksums : bool
        Whether each array is compared with the file's checksum of it when it is read.

    Yields
    ------
    roman_datamodels.datamodels.ImageModel

    Raises
    ------
    InputError
        If the file is missing, broken, or contains something else than a WFI image.
    """
    # A checked file is opened by asdf alone from then on (`StoredImage`), without this import.
    from roman_datamodels.datamodels import ImageModel

    with newer_schemas_named(path):
        model = _open(path, validate, validate_checksums)
    try:
        if not isinstance(model, ImageModel):
            raise InputError(f"{path}: contains a {type(model).__name__}; a Level 2 image (_cal.asdf) is needed")
        if validate:
            with newer_schemas_named(path):
                _validate(path, model)
        _check(path, model)
        yield model
    finally:
        model.close()


@contextmanager
def input_errors(path, what, advice):
    """Re-raise errors that are caused by a file's content as InputError; others, like a lack of memory, stay.

    Only for calls of libraries: errors of this package are not the file's.

    Parameters
    ----------
    path : str or Path
    what, advice : str
        What is wrong with the file and what to do, for the message.

    Raises
    ------
    InputError
    """
    try:
        yield
    except InputError:
        raise
    except ValidationError as error:
        raise InputError(f"{path}: breaks the Roman schema: {_first_line(error)}: {advice}") from None
    except Exception as error:  # what asdf, yaml and gwcs raise for broken content is not one family
        # EINVAL: the file points to an impossible position in itself.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) not in (None, errno.EINVAL):
            raise
        reason = _first_line(error).replace(f"'{path}' ", "").removeprefix("A node failed to convert with: ")
        raise InputError(f"{path}: {what}: {reason}: {advice}") from None


def _open(path, validate, validate_checksums):
    from roman_datamodels import datamodels

    try:
        with open(path, "rb") as file:
            is_asdf = file.read(5) == b"#ASDF"
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, not a file: check the association's expname") from None
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: no such file: check the association's expname and its folder") from None
    except PermissionError:
        raise InputError(f"{path}: permission denied: check the permissions of the file and its folder") from None
    with (
        input_errors(path, "cannot be read as a Roman ASDF file", "copy or calibrate it again"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", datamodels.FilenameMismatchWarning)
        warnings.simplefilter("ignore", AsdfWarning)
        if not is_asdf:
            raise ValueError("it does not begin with #ASDF")
        _find_plugins()
        with asdf.config_context() as config:
            config.validate_on_read = validate
            model = datamodels.open(str(path), memmap=True)
        if validate_checksums:
            check_when_read(model._asdf, path)
        return model


def _find_plugins():
    # asdf looks for them when they are needed; what it finds inside of a context is forgotten at its end.
    config = asdf.get_config()
    return config.extensions, config.resource_manager


def _validate(path, model):
    with input_errors(path, "its metadata are damaged", "copy or calibrate it again"), warnings.catch_warnings():
        # asdf only warns of what it cannot make an object of.
        warnings.simplefilter("error", AsdfConversionWarning)
        _read_all(model._instance)


def _read_all(node):
    # asdf makes objects when they are asked for. Arrays stay unread.
    for value in node.values() if isinstance(node, Mapping) else node:
        if isinstance(value, Mapping | MutableSequence):
            _read_all(value)


def _check(path, model):
    kind = str(model.meta.exposure.type)
    element = str(model.meta.instrument.optical_element)
    if kind != "WFI_IMAGE" or element in ("GRISM", "PRISM"):
        raise InputError(f"{path}: is {kind} through {element}: only WFI_IMAGE through a filter can be mosaicked")
    shapes = {name: getattr(model, name).shape for name in (*PIXEL_ARRAYS, *OPTIONAL_ARRAYS) if name in model}
    missing = [name for name in PIXEL_ARRAYS if name not in shapes]
    if missing:
        raise InputError(f"{path}: has no {' and no '.join(missing)} array: calibrate it again")
    wrong = [name for name, shape in shapes.items() if shape != shapes["data"]]
    if wrong:
        raise InputError(f"{path}: {wrong[0]} is {shapes[wrong[0]]} but data is {shapes['data']}: calibrate it again")


def mapped_pixels(path, model, name):
    """Return one array of an image as the file has it, mapped into memory unless it is compressed: ndarray.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    wrong = input_errors(path, f"its {name} array cannot be read, the file is truncated or damaged", "copy it again")
    # For what is compressed asdf looks for an extension that knows how: see `plain_asdf`.
    with wrong, plain_asdf():
        return np.asarray(model[name])


def save_image(model, path):
    """Write a `_cal` image, with checksums, uncompressed so that it can be mapped into memory.

    Parameters
    ----------
    model : ImageModel
    path : str or Path
    """
    with atomic_write(path) as part:
        model.meta.filename = type(model.meta.filename)(Path(path).name)
        _write(model, part)


def _write(model, part):
    # ImageModel.save would name the temporary file in the metadata.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        tree = model.open_asdf()
        tree["roman"] = model._instance
        tree.write_to(part, all_array_compression=None)


def file_hash(path):
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    # Mapped: to copy what is in the system's cache takes a sixth of the time.
    content = np.memmap(path, np.uint8, "r") if os.path.getsize(path) else np.zeros(0, np.uint8)
    for start in range(0, content.size, CHUNK):
        digest.update(content[start : start + CHUNK])
        release_pages(content)
    return digest.hexdigest()


def _first_line(error):
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
