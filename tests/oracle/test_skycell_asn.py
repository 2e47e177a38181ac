"""The associations of skycells that romancal's command of the same name makes."""

import json

import numpy as np
import pytest
from astropy.modeling import models
from gwcs import WCS
from roman_datamodels import datamodels
from wfimosaic.commands.command import main
from wfimosaic.images.image_file import save_image
from wfimosaic.simulation.focal_plane import detector_wcs

from .input_sets import TAGS

# Pixels of a whole detector, and of the images here, which are as large on the sky.
FULL, SMALL = 4088, 16
# Names and pointings of images: four inside of the polar cap, one at the pole, one on the cap's border where the circle
# is cut by the chord that is drawn for it, one across RA 0, one at the end of the tessellation's piece.
IMAGES = {
    "r0000101001001001001_0001_wfi01_f158_cal.asdf": (20.0, 89.2, 10.0),
    "r0000101001001001002_0002_wfi01_f158_cal.asdf": (20.3, 89.22, 40.0),
    "r0000101002001001001_0001_wfi01_f158_cal.asdf": (20.0, 89.19, 0.0),
    "r0000101002001001001_0002_wfi01_f106_cal.asdf": (20.0, 89.2, 70.0),
    "r0000101001001001001_0003_wfi01_f158_cal.asdf": (200.0, 89.98, 33.0),
    "r0000101001001001001_0004_wfi01_f158_cal.asdf": (12.0, 88.15, 5.0),
    "r0000101001001001001_0005_wfi01_f158_cal.asdf": (0.1, 86.5, 60.0),
    "r0000101001001001001_0006_wfi01_f158_cal.asdf": (22.3, 87.0, 45.0),
}
SOME = sorted(IMAGES)[-3:]
RUNS = {
    "full": {"filelist": list(IMAGES), "product_type": "full", "data_release_id": "p"},
    "pass": {"filelist": SOME, "product_type": "pass", "data_release_id": "r1"},
    "visit": {"filelist": SOME, "product_type": "visit", "data_release_id": "p"},
}


@pytest.fixture(scope="module")
def images(work):
    """A folder with the images."""
    folder = work / "skycell_asn"
    folder.mkdir()
    for name, pointing in IMAGES.items():
        write_image(folder / name, pointing, name.split("_")[3])
    return folder


@pytest.fixture(scope="module")
def theirs(images, start_romancal):
    """romancal's associations: a function of the root of their names that gives their folder."""
    jobs = [
        {
            "kind": "skycell_asn",
            "folder": str(images / name),
            "input": str(images),
            "settings": {**run, "output_file_root": f"{name}_theirs"},
        }
        for name, run in RUNS.items()
    ]
    romancal = start_romancal(jobs)
    return lambda name: romancal.wait_for(images / name)


def write_image(path, pointing, element):
    """Write an image of a few large pixels with a distorted detector's WCS."""
    whole = detector_wcs(pointing, 1, (FULL, FULL))
    scale = FULL / SMALL
    coarse = models.Shift(0.5) & models.Shift(0.5) | models.Scale(scale) & models.Scale(scale)
    coarse = coarse | models.Shift(-0.5) & models.Shift(-0.5) | whole.forward_transform
    wcs = WCS([(whole.input_frame, coarse), (whole.output_frame, None)])
    wcs.bounding_box = ((-0.5, SMALL - 0.5), (-0.5, SMALL - 0.5))
    model = datamodels.ImageModel.create_fake_data(shape=(SMALL, SMALL), tag=TAGS["float16"])
    for key in [key for key in model if "border_ref_pix" in key or key == "amp33"]:
        model[key] = np.array(model[key][:4])
    model.meta["wcs"] = wcs
    model.meta["instrument"]["optical_element"] = element.upper()
    model.meta["exposure"]["type"] = "WFI_IMAGE"
    save_image(model, path)


def read(folder, root):
    """Read associations: dict of name without the root to content."""
    return {
        path.name.removeprefix(root): json.loads(path.read_text().replace(root, "ROOT"))
        for path in folder.glob(f"{root}_*_asn.json")
    }


@pytest.mark.parametrize("name", RUNS)
def test_associations_are_romancals(name, images, theirs, skymap, monkeypatch):
    """Names, cells, members and keys are the same, all but the version of the software."""
    monkeypatch.chdir(images)
    run = RUNS[name]
    options = ["--product-type", run["product_type"], "--data-release-id", run["data_release_id"]]
    assert main(["skycell_asn", "-o", f"{name}_ours", *options, "--skymap", str(skymap), *run["filelist"]]) == 0
    theirs(name)
    expected, found = read(images, f"{name}_theirs"), read(images, f"{name}_ours")
    assert len(expected) > 8
    assert sorted(found) == sorted(expected)
    for key, table in expected.items():
        assert found[key] | {"code_version": table["code_version"]} == table
