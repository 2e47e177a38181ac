"""Run the workflow's steps on an association, in its order, without Snakemake."""

from pathlib import Path

import numpy as np
from wfimosaic.association.association import read_associations
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.grid.grid import read_headers
from wfimosaic.grid.output_wcs import default_wcs
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky
from wfimosaic.workflow.settings import complete, recorded_settings, rule_settings


def run_steps(association, settings, folder):
    """Make the mosaic of an association's only product.

    Parameters
    ----------
    association : str or Path
    settings : dict
        Sections and options of the config.
    folder : str or Path
        Where everything is written to, under the names that the workflow uses.

    Returns
    -------
    Path
        The folder.
    """
    # The oracle's own method, unless another one is asked for.
    outliers = {"method": "romancal", **settings.get("outlier_detection", {})}
    config = complete({"associations": [str(association)], **settings, "outlier_detection": outliers})
    ((name, product),) = read_associations(config["associations"]).items()

    def of_product(ending):
        return str(Path(folder) / f"{name}_{ending}")

    def of_member(member, suffix):
        return str(Path(folder) / f"{member.stem}_{suffix}.asdf")

    def options(rule):
        return rule_settings(config, rule)

    grid, mosaic_grid = of_product("outlier_grid.asdf"), of_product("mosaic_grid.asdf")
    skycell = {"skycell": product.skycell, "target": product.target}
    define_grid([(m.path, m.stem, m.group) for m in product.members], grid, **skycell, **options("define_grid"))
    define_mosaic_grid(grid, mosaic_grid, **skycell, **_placed(grid, options("define_mosaic_grid")))
    match_sky(grid, of_product("sky.json"), **options("match_sky"))
    for m in product.members:
        subtract_sky(m.path, of_product("sky.json"), of_member(m, "skymatch"), m.stem, **options("subtract_sky"))
    matched = [of_member(m, "skymatch") for m in product.members]
    make_median(matched, grid, of_product("median.asdf"), **options("make_median"))
    for m in product.members:
        flag_outliers(
            of_member(m, "skymatch"),
            of_member(m, "outlier_detection"),
            m.stem,
            [of_product("median.asdf")],
            [grid],
            **options("flag_outliers"),
        )
    resample(
        [of_member(m, "outlier_detection") for m in product.members],
        mosaic_grid,
        of_product("i2d.asdf"),
        association={"name": product.association, "data_release_id": product.data_release_id},
        record={"excluded": [], "settings": recorded_settings(config)},
        **options("resample"),
    )
    return Path(folder)


def _placed(grid, options):
    # romancal puts an output of a given shape to the lower left corner of the members, ours to their middle.
    if options["output_shape"] is None:
        return options
    headers = read_headers(grid)
    whole = default_wcs(headers, **{name: options[name] for name in ("pixel_scale", "pixel_scale_ratio", "rotation")})
    corners = np.concatenate([header.corners for header in headers])
    first = np.min(whole.wcs.invert(*corners.T, with_bounding_box=False), axis=1)
    return options | {"crpix": (whole.wcs.forward_transform.crpix.value - first).tolist()}
