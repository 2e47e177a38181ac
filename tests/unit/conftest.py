"""The simulated members as the steps leave them: before the median, and as a finished product; and a small product."""

import shutil
from collections import namedtuple

import pytest
from wfimosaic.comparison.compare_exposures import compare_exposures
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky
from wfimosaic.workflow.settings import complete, recorded_settings

Matched = namedtuple("Matched", "paths stems grid sky truths")
Finished = namedtuple("Finished", "folder mosaic grid outlier_grid sky median outliers members stems truths")


@pytest.fixture(scope="session")
def matched(simulated, tmp_path_factory):
    """`_skymatch` files of the simulated members, their outlier grid and sky levels."""
    folder = tmp_path_factory.mktemp("matched")
    grid, sky = str(folder / "grid.asdf"), str(folder / "sky.json")
    define_grid([(path, stem, None) for path, stem in zip(simulated.paths, simulated.stems, strict=True)], grid)
    match_sky(grid, sky)
    paths = [str(folder / f"{stem}_skymatch.asdf") for stem in simulated.stems]
    for member, stem, path in zip(simulated.paths, simulated.stems, paths, strict=True):
        subtract_sky(member, sky, path, stem)
    return Matched(paths, simulated.stems, grid, sky, simulated.truths)


@pytest.fixture(scope="session")
def finished_product(matched, tmp_path_factory):
    """All files of a product P, as a run with the defaults leaves them in its folder."""
    folder = tmp_path_factory.mktemp("results") / "P"
    folder.mkdir()
    names = {
        name: str(folder / f"P_{name}.asdf") for name in ("i2d", "mosaic_grid", "outlier_grid", "median", "outliers")
    }
    shutil.copy(matched.grid, names["outlier_grid"])
    sky = shutil.copy(matched.sky, folder / "P_sky.json")
    define_mosaic_grid(matched.grid, names["mosaic_grid"])
    make_median(matched.paths, matched.grid, names["median"])
    compare_exposures(matched.paths, matched.grid, names["median"], names["outliers"])
    members = [str(folder / f"{stem}_outlier_detection.asdf") for stem in matched.stems]
    for path, stem, output in zip(matched.paths, matched.stems, members, strict=True):
        (folder / f"{stem}_skymatch.asdf").symlink_to(path)
        flag_outliers(path, output, stem, outliers=[names["outliers"]])
    excluded = [{"path": "b_cal.asdf", "reason": "its exptype in the association is not science"}]
    resample(
        members,
        names["mosaic_grid"],
        names["i2d"],
        association={"name": "asn.json", "data_release_id": "p"},
        record={"settings": recorded_settings(complete({"associations": ["asn.json"]})), "excluded": excluded},
    )
    return Finished(
        folder,
        names["i2d"],
        names["mosaic_grid"],
        names["outlier_grid"],
        str(sky),
        names["median"],
        names["outliers"],
        members,
        matched.stems,
        matched.truths,
    )


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Three overlapping exposures of 44 x 44 pixels, to look at each of them: `_skymatch` files, stems and grid."""
    folder = tmp_path_factory.mktemp("small")
    stems = [f"r0000101001001001001_{k:04d}_wfi01_f158" for k in (1, 2, 3)]
    paths = [str(folder / f"{stem}_cal.asdf") for stem in stems]
    simulate_members(paths, shape=(44, 44), cosmic_rays=10)
    grid, sky = str(folder / "grid.asdf"), str(folder / "sky.json")
    define_grid([(path, stem, None) for path, stem in zip(paths, stems, strict=True)], grid)
    match_sky(grid, sky)
    matched = [str(folder / f"{stem}_skymatch.asdf") for stem in stems]
    for path, stem, output in zip(paths, stems, matched, strict=True):
        subtract_sky(path, sky, output, stem)
    return matched, stems, grid
