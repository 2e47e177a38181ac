"""The simulated members as the steps before the median leave them."""

from collections import namedtuple

import pytest
from wfimosaic.grid import define_grid
from wfimosaic.match_sky import match_sky
from wfimosaic.subtract_sky import subtract_sky

Matched = namedtuple("Matched", "paths stems grid sky truths")


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
