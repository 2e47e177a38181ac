"""The product of another run whose mosaic gives this run its pixels."""

from pathlib import Path

from ..errors import InputError


def aligned_with(config, products):
    """Return the name of the product whose mosaic `resample.output_wcs` is, if it lies among the results: str or None.

    Parameters
    ----------
    config : dict
        Complete.
    products : collection of str
        Those of this run.

    Raises
    ------
    InputError
        If it is one of this run: its grid would have to be there before it is made.
    """
    path = config["resample"]["output_wcs"]
    if path is None:
        return None
    name = Path(path).parent.name
    if Path(path) != Path(config["results"], name, f"{name}_{config['suffix']}.asdf"):
        return None
    if name in products:
        raise InputError(
            f"{path}: is a mosaic that this run is to make, so it cannot be aligned with it: make {name} by a run of "
            "its own, without resample.output_wcs"
        )
    return name
