"""Find the products of a field whose mosaics the last run could not make."""

from pathlib import Path

from ..association.fields import exposure_name
from .run_summary import has_failed

# Jobs on the way to a mosaic, of its product and of the exposures of its members.
OF_PRODUCT = ("check_members", "make_median", "compare_exposures", "resample")
OF_EXPOSURE = ("subtract_sky", "flag_outliers")


def failed_products(logs, field, mosaics, products_of):
    """Find products for which a job ended with an error, and that have had no mosaic since.

    Parameters
    ----------
    logs : str
        The folder of the jobs' logs.
    field : str
        Name of the field.
    mosaics : dict of str to str
        The file of each product's mosaic.
    products_of : dict of str to list of str
        The products that members belong to, by their stems.

    Returns
    -------
    set of str
        Jobs that were ended from outside do not count: the next run repeats them.
    """
    names_of = {Path(logs, name, f"{rule}.log"): {name} for name in mosaics for rule in OF_PRODUCT}
    for stem, names in products_of.items():
        for rule in OF_EXPOSURE:
            names_of.setdefault(Path(logs, field, rule, f"{exposure_name(stem)}.log"), set()).update(names)
    since = {name: Path(path).stat().st_mtime if Path(path).exists() else 0 for name, path in mosaics.items()}
    return {
        name
        for path, names in names_of.items()
        for name in names & mosaics.keys()
        if has_failed(path, since[name]) and " ERROR " in path.read_text(errors="replace")
    }
