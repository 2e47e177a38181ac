"""Find out what a product will be and need, from the headers of its members alone."""

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..association.fields import exposure_name
from ..errors import InputError
from ..grid.define_field import define_field, read_member_headers
from ..grid.define_grid import write_mosaic_grid, write_outlier_grid
from ..grid.grid import read_grid, read_headers
from ..grid.pixel_scale import pixel_scale
from ..images.image_file import STORED_ARRAYS
from ..images.stored_image import StoredImage
from ..sky.overlaps import overlapping_pairs
from ..sky.sky_levels import find_islands
from ..workflow.rule_costs import COSTS, PLAIN_RUN, estimate_rules
from ..workflow.settings import rule_settings

# Metadata of an image, what grids record of a member, and a mosaic's picture [bytes].
METADATA, ON_GRIDS, PICTURE = 15_000, 20_000, 650_000
MOSAIC_ARRAYS = 5
# Rules that a field runs once for all of its products.
OF_MEMBERS = ("match_sky", "subtract_sky", "flag_outliers")
OF_FIELD = ("define_grid", *OF_MEMBERS, "define_mosaic_grid")


@dataclass
class Plan:
    """What a product will be: see `plan_product`."""

    grid: object
    pairs: dict
    islands: list
    pixel_scale: float
    estimates: list
    intermediate_bytes: int
    kept_bytes: int
    mosaic_bytes: int


@dataclass
class FieldPlan:
    """What a field needs beside its products: see `plan_field`."""

    members: int
    exposures: int
    estimates: list
    intermediate_bytes: int
    kept_bytes: int


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
        intermediate files, and of those that stay.
    """
    members = {m.stem: (m.path, m.stem, m.group) for product in products.values() for m in product.members}
    define_field(list(members.values()), table, workers=cores)
    sizes = [header.shape[0] * header.shape[1] for header in read_headers(table)]
    exposures = len({exposure_name(stem) for stem in members})
    skipped = {*skipped_rules(config), *(rule for rule in PLAIN_RUN if rule not in OF_MEMBERS)}
    estimates = [
        estimate if COSTS[estimate.rule].shared else replace(estimate, jobs=exposures)
        for estimate in estimate_rules(len(members), max(sizes), (0, 0), cores, skipped)
    ]
    images = _image_bytes([path for path, *_ in members.values()], sizes)
    return FieldPlan(len(members), exposures, estimates, 2 * images, _kept(config, images, 0))


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
        intermediate files, of those of them that stay, and of the mosaic with realizations of its noise.

    Raises
    ------
    InputError
        As the run would, if the members cannot be put on a grid.
    """
    members = [(member.path, member.stem, member.group) for member in product.members]
    place = {"skycell": product.skycell, "target": product.target}
    with tempfile.TemporaryDirectory() as folder:
        outlier_grid, mosaic_grid = (str(Path(folder) / f"{name}.asdf") for name in ("outlier", "mosaic"))
        headers = _headers_in(table, product) if table else read_member_headers(members, cores)[0]
        write_outlier_grid(headers, outlier_grid, **place, **rule_settings(config, "define_grid"))
        write_mosaic_grid(headers, mosaic_grid, **place, **rule_settings(config, "define_mosaic_grid"))
        outliers, grid = read_grid(outlier_grid), read_grid(mosaic_grid)
        scale = _pixel_scale(grid)  # it needs the WCS, which is read from the file
    pairs = overlapping_pairs(outliers, config["skymatch"]["stepsize"])
    frame = max(member.shape[0] * member.shape[1] for member in grid.members)
    sizes = [member.shape[0] * member.shape[1] for member in grid.members]
    pixels, median = (shape[0] * shape[1] for shape in (grid.shape, outliers.shape))
    skipped = [*skipped_rules(config), *(OF_FIELD if table else ())]
    images = 0 if table else _image_bytes([member.path for member in grid.members], sizes)
    median = (0 if "make_median" in skipped else 4 * median) + ON_GRIDS * len(members)
    mosaic = pixels * _bytes_of_mosaic_pixel(config["resample"], len(members)) + PICTURE
    return Plan(
        grid=grid,
        pairs=pairs,
        islands=find_islands(len(members), list(pairs)),
        pixel_scale=scale,
        estimates=estimate_rules(
            *(len(members), frame, grid.shape, cores, skipped, config["resample"]["noise_realizations"]),
            square=all(config[step]["kernel"] == "square" for step in ("outlier_detection", "resample")),
        ),
        intermediate_bytes=2 * images + median,
        kept_bytes=_kept(config, images, median),
        mosaic_bytes=0 if "resample" in skipped else mosaic,
    )


def _headers_in(table, product):
    known = {header.stem: header for header in read_headers(table)}
    for member in product.members:
        if member.stem not in known:
            raise InputError(f"{product.name} has no mosaic: {member.path}: is not there, or cannot be read")
    return [known[member.stem] for member in product.members]


def skipped_rules(config):
    """Return the rules that do not run with a configuration: list of str."""
    outliers = config["outlier_detection"]
    skipped = ["make_median"] if outliers["skip"] else []
    skipped += ["compare_exposures"] if outliers["skip"] or outliers["method"] == "romancal" else []
    return skipped + (["resample", "plot_mosaic", "define_mosaic_grid"] if config["resample"]["skip"] else [])


def _image_bytes(paths, sizes):
    # Of the images that a step writes. Those of a run are of one kind; a pixel has the sizes of the first one's arrays.
    image = StoredImage(paths[0])
    kinds = {name: image[name].dtype for name in STORED_ARRAYS if name in image}
    image.close()
    pixel = sum(kind.itemsize for kind in (kinds | {"var_rnoise": kinds["err"]}).values())
    return pixel * sum(sizes) + METADATA * len(sizes)


def _kept(config, images, others):
    # Of the images of two steps and of other files what stays when all products have used them.
    return {"all": 2 * images + others, "flagged": images, "none": 0}[config["keep"]]


def _pixel_scale(grid):
    y, x = ((n - 1) / 2 for n in grid.shape)
    return 3600 * pixel_scale(partial(grid.wcs, with_bounding_box=False), x, y)


def _bytes_of_mosaic_pixel(settings, members):
    planes = (members - 1) // 32 + 1
    more = settings["include_var_flat"] + settings["propagate_dq"] + settings["noise_realizations"]
    return 4 * (MOSAIC_ARRAYS + more + planes)
