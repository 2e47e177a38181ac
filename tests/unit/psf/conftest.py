"""Stars, their reference files and a mosaic."""

import pytest
from psf.epsf_files import write_epsf_files

from .star_images import ELEMENT, SHAPE, make_mosaic, make_stars


@pytest.fixture(scope="session")
def epsf(tmp_path_factory):
    """Reference files of three detectors: the pattern that finds them."""
    return write_epsf_files(tmp_path_factory.mktemp("star_epsf"), ELEMENT, (1, 2, 3), SHAPE[0])


@pytest.fixture(scope="session")
def stars(tmp_path_factory):
    """Six exposures that look everywhere."""
    return make_stars(tmp_path_factory.mktemp("stars"))


@pytest.fixture(scope="session")
def some_stars(tmp_path_factory):
    """Four exposures with flagged pixels of which some look at each star."""
    return make_stars(tmp_path_factory.mktemp("some_stars"), exposures=4, flagged=0.03, step=60)


@pytest.fixture(scope="session")
def few_stars(tmp_path_factory):
    """Nine stars in four exposures with flagged pixels."""
    return make_stars(tmp_path_factory.mktemp("few_stars"), exposures=4, flagged=0.03, side=3)


@pytest.fixture(scope="session")
def star_mosaic(tmp_path_factory):
    """A mosaic of few stars, the product P in a folder results/P."""
    folder = tmp_path_factory.mktemp("run") / "results" / "P"
    folder.mkdir(parents=True)
    return make_mosaic(make_stars(folder, exposures=3, side=3))
