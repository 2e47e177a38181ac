"""Data that many tests share."""

import functools
from collections import namedtuple
from pathlib import Path

import wfimosaic.workflow.job  # noqa: F401 (before numpy: one thread for linear algebra and libyaml for schemas, as in a job)
import asdf.schema
import pytest
from wfimosaic.simulation.simulate_members import simulate_members

Simulated = namedtuple("Simulated", "paths stems truths")

# asdf parses the same schemas for each file anew, which is up to half of the time for files as small as the tests'.
load_schema = functools.cache(asdf.schema._make_schema_loader())
asdf.schema._make_schema_loader = lambda: load_schema


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Three dithered exposures of two detectors of 256 x 256 pixels: `_cal` files, their stems, what they hide."""
    folder = tmp_path_factory.mktemp("members")
    stems = [
        f"r0000101001001001001_{exposure:04d}_wfi{detector:02d}_f158" for exposure in (1, 2, 3) for detector in (1, 2)
    ]
    paths = [str(folder / f"{stem}_cal.asdf") for stem in stems]
    return Simulated(paths, stems, simulate_members(paths, shape=(256, 256)))


@pytest.fixture(scope="session")
def shared():
    """Reference data beside the repository: real-simulator images, associations, a piece of the sky tessellation."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not path.is_dir():
        pytest.skip("the folder 'shared' is not beside the repository")
    return path
