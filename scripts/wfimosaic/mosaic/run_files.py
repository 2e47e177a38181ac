"""The files that a run leaves beside a mosaic, and how it drizzled."""

from pathlib import Path

from ..drizzling.drop import Drop
from ..errors import InputError
from ..files.grid_folder import grid_in
from .mosaic_block import Recipe


def beside(path):
    """Check that a file that a run leaves beside its mosaic is there.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        The path.

    Raises
    ------
    InputError
    """
    if not path.is_file():
        raise InputError(
            f"{path}: is not there: explain needs the mosaic in its folder, and there the files that a run leaves with "
            "keep: all, psf those with keep: flagged"
        )
    return str(path)


def grid_file(folder, product, kind):
    """Find the grid of a product.

    Parameters
    ----------
    folder : Path
        Of the product. Grids of a field's products lie in its folder.
    product : str
    kind : str
        "outlier", "mosaic".

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it is gone.
    """
    alone = folder / f"{product}_{kind}_grid.asdf"
    in_fields = (Path(grid_in(place, product)) for place in sorted(folder.parent.glob(f"*/{kind}_grids")))
    return beside(alone if alone.is_file() else next((path for path in in_fields if path.is_file()), alone))


def member_file(folder, stem, step):
    """Find a member's image after a step.

    Parameters
    ----------
    folder : Path
        Of the product. Members of a field lie in its folder, beside those of its products, and there in those of
        exposures.
    stem, step : str
        The member; "skymatch" or "outlier_detection".

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it is gone.
    """
    name = f"{stem}_{step}.asdf"
    fields = [table.parent for table in sorted(folder.parent.glob("*/*_members.asdf"))]
    found = (path for field in fields for path in field.glob(f"{step}/*/{name}"))
    return beside(folder / name if (folder / name).is_file() else next(found, Path(folder / name)))


def drizzle_recipe(settings, grid):
    """Return how the mosaic on a grid was drizzled, as its recorded settings of resample say: Recipe."""
    return Recipe(
        drop=Drop(settings["kernel"], settings["pixfrac"], grid.pixel_scale_ratio),
        weight_type=settings["weight_type"],
        good_bits=settings["good_bits"],
        variances=("var_rnoise",),
        propagate_dq=False,
    )
