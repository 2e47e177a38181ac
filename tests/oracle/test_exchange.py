"""What we write is used by romancal, and the workflow itself gives what the other tests compare."""

import subprocess
import sys

import numpy as np
import pytest
import yaml
from astropy.table import Table
from numpy.testing import assert_allclose, assert_array_equal
from roman_datamodels import datamodels
from wfimosaic.mosaic.resample import resample
from wfimosaic.workflow.settings import complete, rule_settings

from .cases import ALIKE
from .comparison import HALF_PRECISION
from .conftest import REPOSITORY
from .input_sets import write_association

# Case and how far weights and errors may be off, see differences.md.
CASES = {"two_detectors": 1e-3, "two_detectors_float16": HALF_PRECISION}
ARRAYS = ("data", "err", "weight", "var_rnoise", "var_poisson", "context")


@pytest.fixture(scope="module")
def exchanged(work, ours, start_romancal):
    """romancal's work on our files: a function that gives the folder of a job."""
    folder = work / "exchange"
    folder.mkdir()
    jobs = []
    for case, suffix in (*((case, "outlier_detection") for case in CASES), ("two_detectors", "skymatch")):
        name = f"{case}_{suffix}"
        members = members_of(ours[case].result(), suffix)
        association = write_association(folder / f"{name}_asn.json", name, members)
        jobs.append({"kind": "resample", "folder": name, "input": str(association), "settings": ALIKE})
    options = {"fit_psf": False, "override_apcorr": str(write_aperture_corrections(folder / "apcorr.asdf"))}
    mosaics = {
        "our_sources": mosaic_of(ours["two_detectors"].result()),
        "their_sources": folder / "two_detectors_outlier_detection" / "romancal_i2d.asdf",
    }
    for name, mosaic in mosaics.items():
        settings = {"source_catalog": options}
        jobs.append({"kind": "source_catalog", "folder": name, "input": str(mosaic), "settings": settings})
    for job in jobs:
        job["folder"] = str(folder / job["folder"])
    romancal = start_romancal(jobs)
    return lambda name: romancal.wait_for(folder / name)


def members_of(folder, suffix):
    """The files of a step's members, in the association's order."""
    return sorted(folder.glob(f"*_{suffix}.asdf"))


def mosaic_of(folder):
    """The mosaic in a folder: Path."""
    (path,) = folder.glob("*_i2d.asdf")
    return path


def write_aperture_corrections(path):
    """Write the reference file that the source catalog step wants: Path."""
    model = datamodels.ApcorrRefModel.create_fake_data()
    fractions = np.linspace(0.1, 0.9, 9)
    model["data"] = {
        "F158": {
            "ap_corrections": 1 / fractions,
            "ee_fractions": fractions,
            "ee_radii": np.linspace(0.5, 6, 9),
            "sky_background_rin": 2.4,
            "sky_background_rout": 2.8,
        }
    }
    model.save(path)
    return path


def read_arrays(path):
    """Read the arrays of a mosaic: dict."""
    with datamodels.open(path) as mosaic:
        return {name: np.array(mosaic[name]) for name in ARRAYS}


def crpix_of(path):
    """Read the pixel of a mosaic's tangent point: ndarray of float."""
    with datamodels.open(path) as mosaic:
        return np.asarray(mosaic.meta.wcs.forward_transform.crpix.value, float)


def assert_same_mosaic(our_path, their_path, limit):
    """Compare the arrays of two mosaics that were drizzled from the same files, on the pixels that romancal's has."""
    theirs = read_arrays(their_path)
    x, y = (crpix_of(our_path) - crpix_of(their_path)).round().astype(int)
    ny, nx = theirs["data"].shape
    ours = {name: array[..., y : y + ny, x : x + nx] for name, array in read_arrays(our_path).items()}
    assert_array_equal(np.isnan(ours["data"]), np.isnan(theirs["data"]))
    assert_array_equal(ours["context"], theirs["context"])
    with np.errstate(invalid="ignore"):
        deviation = np.abs(ours["data"] - theirs["data"]) / theirs["err"]
    assert np.nanquantile(deviation, 0.999 if limit == HALF_PRECISION else 0.9999) < 0.02
    assert np.nanmax(deviation) < 0.5
    for name in ("weight", "var_rnoise", "var_poisson", "err"):
        usable = np.isfinite(theirs[name]) & (theirs[name] != 0)
        assert np.quantile(np.abs(ours[name][usable] / theirs[name][usable] - 1), 0.999) < limit, name


@pytest.mark.parametrize("case", CASES)
def test_romancal_drizzles_our_flagged_images_to_our_mosaic(case, ours, exchanged):
    theirs = exchanged(f"{case}_outlier_detection") / "romancal_i2d.asdf"
    assert_same_mosaic(mosaic_of(ours[case].result()), theirs, CASES[case])


def test_romancal_drizzles_our_matched_images_to_our_mosaic(ours, exchanged, tmp_path):
    folder, output = ours["two_detectors"].result(), str(tmp_path / "matched_i2d.asdf")
    (grid,) = folder.glob("*_mosaic_grid.asdf")
    options = rule_settings(complete({"associations": ["any.json"], **ALIKE}), "resample")
    members = [str(path) for path in members_of(folder, "skymatch")]
    association = {"name": "any.json", "target": None, "data_release_id": "p"}
    resample(members, str(grid), output, association=association, **options)
    assert_same_mosaic(output, exchanged("two_detectors_skymatch") / "romancal_i2d.asdf", CASES["two_detectors"])


def test_romancal_finds_the_same_sources_in_our_mosaic(exchanged):
    ours, theirs = (Table.read(exchanged(f"{side}_sources") / "catalog.csv") for side in ("our", "their"))
    assert len(theirs) > 100
    assert_array_equal(ours["label"], theirs["label"])
    for axis in ("x_centroid", "y_centroid"):
        assert_allclose(ours[axis], theirs[axis], atol=1e-3)
    assert_allclose(ours["segment_flux"], theirs["segment_flux"], rtol=1e-3)


def test_snakemake_gives_the_same_mosaic(ours, associations, tmp_path):
    # As run_steps does.
    outliers = {"method": "romancal", **ALIKE["outlier_detection"]}
    config = {"associations": [str(associations["two_detectors_float32"])], **ALIKE, "outlier_detection": outliers}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    target = "results/two_detectors_float32/two_detectors_float32_i2d.asdf"
    command = [sys.executable, "-m", "snakemake", "--snakefile", REPOSITORY / "workflow" / "Snakefile"]
    command += ["--directory", tmp_path, "--configfile", tmp_path / "config.yaml", "--cores", "2", "--", target]
    subprocess.run(command, check=True, capture_output=True)
    steps = read_arrays(mosaic_of(ours["two_detectors"].result()))
    for name, array in read_arrays(tmp_path / target).items():
        assert_array_equal(steps[name], array, err_msg=name)
