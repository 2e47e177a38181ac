"""The file of a mosaic: open, check and write it, and the record of how it was made."""

import dataclasses
import functools
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asdf
import numpy as np
from asdf.exceptions import AsdfConversionWarning, AsdfWarning, ValidationError

from ..errors import InputError
from ..files.array_file import ArrayFile, tree_size
from ..files.fingerprint import fingerprint
from ..files.plain_asdf import plain_asdf
from ..files.scratch import scratch_folder
from ..images.image_file import input_errors


@dataclasses.dataclass(frozen=True)
class MosaicRecord:
    """How a mosaic was made, as its metadata's group `wfimosaic` records it.

    `settings` are the options of each step (dict of dict), `excluded` the members of the association that are
    not in it (list of dict: path, reason), `unchecked` the fraction of the covered area that was not checked for
    outliers, as only one exposure fell there or outliers were not looked for; `inputs` the members that are in it
    (path, sha256, exposure), `versions` the packages'; `noise` is how the noise is correlated, see `noise_record`.
    """

    settings: dict
    excluded: list
    unchecked: float
    inputs: list
    versions: dict
    noise: dict

    @classmethod
    def of(cls, meta):
        """Read the record from the metadata of a mosaic; InputError if an earlier version wrote less."""
        names = [field.name for field in dataclasses.fields(cls)]
        missing = [name for name in names if name not in meta["wfimosaic"]]
        if missing:
            raise InputError(
                f"{meta['filename']}: was made by an earlier version, which did not record {', '.join(missing)}: "
                "make it again"
            )
        return cls(*(_plain(meta["wfimosaic"][name]) for name in names))

    @property
    def exposures(self):
        """Number of exposures."""
        return len({entry["exposure"] for entry in self.inputs})

    def save_to(self, meta):
        """Write the record into the metadata of a mosaic."""
        meta["wfimosaic"] = dataclasses.asdict(self)


def _plain(node):
    if hasattr(node, "items"):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if hasattr(node, "append") else node


@contextmanager
def open_mosaic(path, strict=False, plain=False):
    """Open a mosaic of this workflow.

    Parameters
    ----------
    path : str
    strict : bool
        Whether to read arrays only as they match their checksums, and to take no metadata that cannot be
        converted. Else arrays are mapped into memory.
    plain : bool
        Whether metadata are to stay as the file has them, see `plain_asdf`.

    Yields
    ------
    dict
        The tree of a MosaicModel.

    Raises
    ------
    InputError
        If it is something else, or truncated.
    """
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "no such file"
        raise InputError(f"{path}: {what}: give the path of an _i2d.asdf file")
    if strict:
        fingerprint(path)  # asdf has no clear words for a file that is truncated
    wrong = input_errors(path, "cannot be read as ASDF", "make it again")
    with wrong, warnings.catch_warnings(), ExitStack() as stack:
        if strict:
            # asdf only warns of what it cannot make an object of.
            warnings.simplefilter("ignore", AsdfWarning)
            warnings.simplefilter("error", AsdfConversionWarning)
        if plain:
            stack.enter_context(plain_asdf())
        file = asdf.open(path, memmap=not strict, validate_checksums=strict)
    with file:
        roman = file.tree.get("roman")
        if not hasattr(roman, "get") or any(roman.get(name) is None for name in ("data", "context", "meta")):
            raise InputError(f"{path}: is no mosaic: give an _i2d.asdf file")
        if "wfimosaic" not in roman["meta"]:
            raise InputError(f"{path}: was not made by wfimosaic: its metadata do not record how it was made")
        yield roman


def room_for(members):
    """Estimate the bytes of a mosaic's file before its arrays, of the members' paths: less than what those say."""
    return 2**16 + 2 * sum(map(tree_size, members))


def finish_mosaic(model, file, path, workers=1):
    """Validate a mosaic whose arrays are in their places, and write it whole.

    Parameters
    ----------
    model : roman_datamodels.datamodels.MosaicModel
        Without its arrays.
    file : ArrayFile
        The arrays.
    path : str
    workers : int
        Threads.

    Raises
    ------
    InputError
        If the model breaks the schema.
    """
    model.meta["filename"] = str(path).rsplit("/", 1)[-1]
    for name, array in file.arrays.items():
        model[name] = array
    tree = model.open_asdf()
    tree["roman"] = model._instance
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        try:
            file.finish(path, tree.write_to, workers)
        except ValidationError as error:
            raise InputError(f"{path}: the mosaic's metadata breaks the Roman schema: {str(error)[:300]}") from error


def model_of(tree):
    """Make a MosaicModel of a plain tree, with `meta`."""
    from roman_datamodels import datamodels

    model = datamodels.MosaicModel.create_minimal()
    for name, value in tree["meta"].items():
        model.meta[name] = value
    for name in tree.keys() - {"meta"}:
        model[name] = tree[name]
    return model


def save_tree(tree, path):
    """Validate a mosaic that is a plain tree, with its arrays and `meta`, and write it whole."""
    arrays = {name: value for name, value in tree.items() if hasattr(value, "dtype")}
    kinds = {name: (array.dtype, array.shape) for name, array in arrays.items()}
    with scratch_folder(path) as scratch:
        file = ArrayFile(scratch / "mosaic.asdf", kinds, 2**16)
        for name, array in arrays.items():
            file.arrays[name][...] = array
        finish_mosaic(model_of({name: value for name, value in tree.items() if name not in arrays}), file, path)


def pixel_at(path, roman, ra, dec, invert=None):
    """Find the pixel that a sky position falls on.

    Parameters
    ----------
    path : str
        For the message.
    roman : dict
        As `open_mosaic` yields it.
    ra, dec : float
        [deg]
    invert : callable, optional
        Maps RA and Dec to x and y; else the mosaic's WCS does.

    Returns
    -------
    (float, float)
        x and y, counted from 0 at the centre of the first pixel.

    Raises
    ------
    InputError
        If the position is no position, or outside of the mosaic.
    """
    if not -90 <= dec <= 90:
        raise InputError(f"declination {dec:g}: is not between -90 and 90 degrees")
    invert = invert or functools.partial(roman["meta"]["wcs"].invert, with_bounding_box=False)
    x, y = (float(value) for value in invert(ra, dec))
    ny, nx = roman["data"].shape
    if not (-0.5 <= x < nx - 0.5 and -0.5 <= y < ny - 0.5) or not np.isfinite([x, y]).all():
        middle = roman["meta"]["wcsinfo"]
        raise InputError(
            f"{path}: RA {ra:g}, Dec {dec:g} lies outside of it; its middle is at "
            f"RA {middle['ra']:.5f}, Dec {middle['dec']:.5f}"
        )
    return x, y
