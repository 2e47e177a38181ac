"""All steps of a product in this process, as the rules would run them."""

from pathlib import Path

from wfimosaic.comparison.compare_exposures import compare_exposures
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky
from wfimosaic.workflow.settings import complete, recorded_settings, rule_settings


def make_product(folder, paths, skycell=None, **config):
    """Make a mosaic of `_cal` files: its path."""
    full = complete({"associations": ["asn.json"], **config})

    def settings(rule):
        return rule_settings(full, rule)

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stems = [f"m{k}" for k in range(len(paths))]
    names = ("outlier_grid.asdf", "mosaic_grid.asdf", "sky.json", "median.asdf", "listed.asdf", "i2d.asdf")
    grid, mosaic_grid, sky, median, outliers, mosaic = (str(folder / name) for name in names)
    matched, flagged = ([str(folder / f"{stem}_{step}.asdf") for stem in stems] for step in ("skymatch", "outliers"))
    place = {"skycell": skycell, "target": None}
    define_grid(
        [(str(p), s, None) for p, s in zip(paths, stems, strict=True)], grid, **place, **settings("define_grid")
    )
    define_mosaic_grid(grid, mosaic_grid, **place, **settings("define_mosaic_grid"))
    match_sky(grid, sky, **settings("match_sky"))
    for path, stem, output in zip(paths, stems, matched, strict=True):
        subtract_sky(str(path), sky, output, stem, **settings("subtract_sky"))
    make_median(matched, grid, median, **settings("make_median"))
    inputs = {"medians": [median], "grids": [grid]}
    if full["outlier_detection"]["method"] == "pairwise":
        compare_exposures(matched, grid, median, outliers, **settings("compare_exposures"))
        inputs = {"outliers": [outliers]}
    for path, stem, output in zip(matched, stems, flagged, strict=True):
        flag_outliers(path, output, stem, **inputs, **settings("flag_outliers"))
    association = {"name": "asn.json", "target": None, "data_release_id": "p"}
    record = {"settings": recorded_settings(full), "excluded": []}
    resample(flagged, mosaic_grid, mosaic, association=association, record=record, **settings("resample"))
    return Path(mosaic)
