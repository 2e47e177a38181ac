"""Where a command may write: nothing good is lost by a forgotten word, as in `stitch -o results/*/*_i2d.asdf`."""

from pathlib import Path

from ..association.association import MOSAIC_SUFFIXES, SUFFIX
from ..errors import InputError


def check_output(path, endings, what, inputs=()):
    """Check the name of a file to write.

    Parameters
    ----------
    path : str
    endings : collection of str or None
        Those that it may have; None: any.
    what : str
        What is to be written, for messages.
    inputs : list of str
        Files that are read.

    Raises
    ------
    InputError
        If it has another ending; if it is a folder, or below a file; if it is one of the inputs, or another image or
        mosaic that is there already.
    """
    output = Path(path)
    if endings and output.suffix not in endings:
        raise InputError(f"{path}: {what} can be written to {', '.join(endings)}: choose one of these endings")
    if output.is_dir():
        raise InputError(f"{path}: is a folder: give the name of a file")
    for parent in output.parents:
        if parent.exists() and not parent.is_dir():
            raise InputError(f"{path}: {parent} is a file, not a folder: choose another name")
    if any(output.resolve() == Path(other).resolve() for other in inputs):
        raise InputError(f"{path}: is itself one of the files that are read: choose another name")
    if output.exists() and path.endswith((SUFFIX, *MOSAIC_SUFFIXES)):
        raise InputError(f"{path}: is an image or a mosaic that is there already: choose another name, or remove it")
