"""The page on PSFs: its commands and its code run, and find the star's flux."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table
from photutils.psf import PSFPhotometry
from wfimosaic.commands.command import main

PAGE = Path(__file__).resolve().parents[3] / "workflow" / "docs" / "noise_and_psf.md"
PLACE = "270.0025", "66.0003"


@pytest.fixture
def run(star_mosaic, epsf, monkeypatch):
    """The folder in which results/P lies, beside reference files."""
    folder = Path(star_mosaic.path).parents[2]
    monkeypatch.chdir(folder)
    (folder / "epsf").symlink_to(Path(epsf).parent)
    yield folder
    (folder / "epsf").unlink()


def test_commands_and_code_of_the_page(star_mosaic, run):
    _, _, section = PAGE.read_text().partition("\n## PSF\n")
    section, *_ = section.partition("\n## ")
    middle = np.argmin(np.hypot(star_mosaic.x - star_mosaic.x.mean(), star_mosaic.y - star_mosaic.y.mean()))
    ra, dec = star_mosaic.wcs(star_mosaic.x[middle], star_mosaic.y[middle], with_bounding_box=False)
    for text, value in zip(PLACE, (ra, dec), strict=True):
        section = section.replace(text, f"{value:.8f}")
    # The mosaic is small.
    section, found = section.replace("--grid 5", "--grid 2"), {}
    for language, code in re.findall(r"^```(bash|python)\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
        if language == "python":
            exec(compile(code, str(PAGE), "exec"), found)
        for line in code.splitlines() if language == "bash" else []:
            assert main(shlex.split(line, comments=True)[1:]) == 0
    assert found["flux"] == pytest.approx(star_mosaic.flux[middle], rel=0.002)
    assert found["microjansky"] == pytest.approx(
        star_mosaic.flux[middle] * 1e12 * np.radians(0.11 / 3600) ** 2, rel=0.01
    )
    # The grid, too, is of whole fluxes; between its places it is a mean over pixel phases and detectors.
    start = Table({"x": [found["x"]], "y": [found["y"]]})
    grid = PSFPhotometry(found["stars"], fit_shape=9, aperture_radius=3)(
        np.array(found["model"].data), init_params=start
    )
    assert grid["flux_fit"][0] == pytest.approx(star_mosaic.flux[middle], rel=0.06)
    assert found["stars"].grid_xypos[:, 0].max() < star_mosaic.data.shape[1]
    assert np.nansum(found["stamp"].data) == pytest.approx(1)
