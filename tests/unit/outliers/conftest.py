"""A product small enough to look at every pixel."""

import pytest
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.sky.match_sky import match_sky
from wfimosaic.sky.subtract_sky import subtract_sky


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Three exposures of 44 x 44 pixels that overlap: their `_skymatch` files, stems and grid."""
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
