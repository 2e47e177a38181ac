"""Find out what a product will be and need, from the headers of its members alone."""

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..association.fields import exposure_name
from ..grid.define_field import define_field
from ..grid.define_grid import define_grid, define_mosaic_grid
from ..grid.grid import read_grid, read_headers
from ..grid.pixel_scale import pixel_scale
from ..sky.overlaps import overlapping_pairs
from ..sky.sky_levels import find_islands
from ..workflow.rule_costs import COSTS, PLAIN_RUN, estimate_rules
from ..workflow.settings import rule_settings

# Bytes of a pixel in an intermediate file: data, dq, and four arrays of half precision.
INTERMEDIATE = 16
MOSAIC_ARRAYS = 5
# Rules that a field runs once for all of its products.
OF_FIELD = ("match_sky", "subtract_sky", "flag_outliers")


@dataclass
class Plan:
    """What a product will be: see `plan_product`."""

    grid: object
    pairs: dict
    islands: list
    pixel_scale: float
    estimates: list
    intermediate_bytes: int
    mosaic_bytes: int


@dataclass
class FieldPlan:
    """What a field needs beside its products: see `plan_field`."""

    members: int
    exposures: int
    estimates: list
    intermediate_bytes: int


def plan_field(products, config, cores, table):
    """Find out what the members of a field need, and read their headers.

    Parameters
    ----------
    products : dict of str to Product
    config : dict
        Complete.
    cores : int
    table : str
        What `define_field` writes: a file for `plan_product`.

    Returns
    -------
    FieldPlan
        Members, each once, and their exposures; estimates of the rules that work on them; the bytes on disk of their
        intermediate files.
    """
    members = {m.stem: (m.path, m.stem, m.group) for product in products.values() for m in product.members}
    define_field(list(members.values()), table, workers=cores)
    sizes = [header.shape[0] * header.shape[1] for header in read_headers(table)]
    exposures = len({exposure_name(stem) for stem in members})
    skipped = {*skipped_rules(config), *(rule for rule in PLAIN_RUN if rule not in OF_FIELD)}
    estimates = [
        estimate if COSTS[estimate.rule].shared else replace(estimate, jobs=exposures)
        for estimate in estimate_rules(len(members), max(sizes), (0, 0), cores, skipped)
    ]
    return FieldPlan(len(members), exposures, estimates, 2 * INTERMEDIATE * sum(sizes))


def plan_product(product, config, cores, table=None):
    """Lay out a product without reading a pixel.

    Parameters
    ----------
    product : Product
    config : dict
        Complete.
    cores : int
    table : str or None
        What `plan_field` wrote of the product's field; None: it is alone.

    Returns
    -------
    Plan
        The mosaic's grid; the pairs of members that overlap; `islands`, lists of members that are
        connected by overlaps; the pixel scale [arcsec]; estimates of each rule; bytes on disk of the
        intermediate files and of the mosaic with realizations of its noise.

    Raises
    ------
    InputError
        As the run would, if the members cannot be put on a grid.
    """
    members = [(member.path, member.stem, member.group) for member in product.members]
    place = {"skycell": product.skycell, "target": product.target}
    with tempfile.TemporaryDirectory() as folder:
        outlier_grid, mosaic_grid = (str(Path(folder) / f"{name}.asdf") for name in ("outlier", "mosaic"))
        define_grid(members, outlier_grid, table, **place, **rule_settings(config, "define_grid"), workers=cores)
        define_mosaic_grid(outlier_grid, mosaic_grid, **place, **rule_settings(config, "define_mosaic_grid"))
        outliers, grid = read_grid(outlier_grid), read_grid(mosaic_grid)
        scale = _pixel_scale(grid)  # it needs the WCS, which is read from the file
    pairs = overlapping_pairs(outliers, config["skymatch"]["stepsize"])
    frame = max(member.shape[0] * member.shape[1] for member in grid.members)
    frames = sum(member.shape[0] * member.shape[1] for member in grid.members)
    pixels, median = (shape[0] * shape[1] for shape in (grid.shape, outliers.shape))
    skipped = [*skipped_rules(config), *(OF_FIELD if table else ())]
    has_mosaic = "resample" not in skipped
    return Plan(
        grid=grid,
        pairs=pairs,
        islands=find_islands(len(members), list(pairs)),
        pixel_scale=scale,
        estimates=estimate_rules(
            *(len(members), frame, grid.shape, cores, skipped), config["resample"]["noise_realizations"]
        ),
        intermediate_bytes=(0 if table else 2 * INTERMEDIATE * frames)
        + (0 if "make_median" in skipped else 4 * median),
        mosaic_bytes=pixels * _bytes_of_mosaic_pixel(config["resample"], len(members)) if has_mosaic else 0,
    )


def skipped_rules(config):
    """Return the rules that do not run with a configuration: list of str."""
    outliers = config["outlier_detection"]
    skipped = ["make_median"] if outliers["skip"] else []
    skipped += ["compare_exposures"] if outliers["skip"] or outliers["method"] == "romancal" else []
    return skipped + (["resample", "plot_mosaic", "define_mosaic_grid"] if config["resample"]["skip"] else [])


def _pixel_scale(grid):
    y, x = ((n - 1) / 2 for n in grid.shape)
    return 3600 * pixel_scale(partial(grid.wcs, with_bounding_box=False), x, y)


def _bytes_of_mosaic_pixel(settings, members):
    planes = (members - 1) // 32 + 1
    more = settings["include_var_flat"] + settings["propagate_dq"] + settings["noise_realizations"]
    return 4 * (MOSAIC_ARRAYS + more + planes)
