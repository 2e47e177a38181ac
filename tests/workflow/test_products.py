"""What a run makes: valid products, whose metadata are true."""

import hashlib
import json
import re

import asdf
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from matplotlib.image import imread
from roman_datamodels import datamodels

ARRAYS = ("data", "err", "weight", "context", "var_rnoise", "var_poisson")


def arrays_of(path):
    with asdf.open(path) as file:
        return {name: np.array(file["roman"][name]) for name in ARRAYS}


def assert_same_bytes(one, other):
    for name in ARRAYS:
        assert one[name].tobytes() == other[name].tobytes(), name


def test_mosaic_is_valid_and_filled(finished):
    with datamodels.open(finished.result("P_i2d.asdf")) as model:
        model.validate()
        assert isinstance(model, datamodels.MosaicModel)
        shapes = {name: model[name].shape[-2:] for name in ARRAYS}
        assert len(set(shapes.values())) == 1
        meta = model.meta
        assert meta.filename == "P_i2d.asdf"
        assert meta.association.name == "asn.json"
        assert dict(meta.cal_step) == dict.fromkeys(("flux", "skymatch", "outlier_detection", "resample"), "COMPLETE")
        assert list(meta.resample.members) == [path.name for path in finished.members]
        assert meta.resample.pointings == len(finished.members)
        assert meta.instrument.optical_element == "F158"
        assert meta.observation.exposure is None and meta.observation.visit == 1
        assert 0 < meta.coadd_info.exposure_time < meta.coadd_info.max_exposure_time == pytest.approx(3 * 139)
        assert meta.coadd_info.time_first < meta.coadd_info.time_mean < meta.coadd_info.time_last
        data = np.array(model.data)
        assert meta.statistics.image_median == pytest.approx(np.nanmedian(data), abs=1e-6)
        assert meta.statistics.good_pixel_fraction == pytest.approx(np.isfinite(data).mean())
        assert tuple(meta.wcsinfo.image_shape) == data.shape[::-1]
        ra, dec = meta.wcs(*[(n - 1) / 2 for n in data.shape[::-1]])
        assert (meta.wcsinfo.ra, meta.wcsinfo.dec) == pytest.approx((ra, dec))
        assert len(meta.wcsinfo.s_region.split()) == 10
        assert any("snr" in line for line in meta.cal_logs)
        for name in ("basic", "background", "cal_step", "exposure", "photometry", "wcsinfo"):
            assert len(meta.individual_image_meta[name]) == len(finished.members), name
        levels = json.loads(finished.result("P_sky.json").read_text())["levels"]
        assert list(meta.individual_image_meta["background"]["level"]) == [m["level"] for m in levels.values()]


def test_mosaic_remembers_what_it_is_made_of(finished):
    with asdf.open(finished.result("P_i2d.asdf")) as file:
        memory = file["roman"]["meta"]["wfimosaic"]
        hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in finished.members]
        assert [item["sha256"] for item in memory["inputs"]] == hashes
        assert memory["settings"]["outlier_detection"]["snr"] == [5.0, 4.0]
        assert memory["versions"]["drizzle"]


@pytest.mark.parametrize("suffix", ["skymatch", "outlier_detection"])
def test_intermediates_are_valid(finished, suffix):
    for member in finished.members:
        with datamodels.open(finished.result(member.name.replace("_cal", f"_{suffix}"))) as model:
            model.validate()
            assert isinstance(model, datamodels.ImageModel)
            assert model.meta.filename == member.name.replace("_cal", f"_{suffix}")
            assert model.meta.background.subtracted and model.meta.background.method == "match"
            assert model.meta.cal_step.flux == model.meta.cal_step.skymatch == "COMPLETE"
            assert np.all(np.array(model.var_rnoise) > 0)


def test_outliers_are_those_that_were_put_in(finished, simulated):
    for member, truth in zip(finished.members, simulated.truths, strict=True):
        with asdf.open(finished.result(member.name.replace("_cal", "_outlier_detection"))) as file:
            flagged = np.array(file["roman"]["dq"]) & 128 > 0
        hits = truth.cosmic_rays & ~truth.bad
        # Some hits lie where fewer than two exposures overlap, and have nothing to differ from.
        assert flagged[hits].mean() > 0.6
        assert flagged[~truth.cosmic_rays & ~truth.bad].mean() < 1e-3


def test_picture_logs_and_benchmarks(finished):
    picture = imread(finished.result("P_i2d.png"))
    assert min(picture.shape[:2]) > 500 and picture[..., :3].std() > 0.05
    logs = finished.folder / "results" / "logs" / "P"
    assert "group of overlaps 9 of 9" in (logs / "match_sky.log").read_text()
    assert len(list((logs / "subtract_sky").glob("*.log"))) == len(finished.members)
    assert (finished.folder / "results" / "benchmarks" / "P" / "resample.tsv").is_file()


def test_run_that_makes_what_it_was_asked_for_calls_nothing_missing(new_project, simulated):
    project = new_project(simulated.paths[:2])
    output = project.run("results/P/P_outlier_grid.asdf")
    assert "0 of 1 products are complete; the rest was not asked for." in output
    assert "P is not" not in output


def test_subtracting_or_noting_the_sky_gives_the_same_mosaic(new_project, simulated):
    project = new_project(simulated.paths[::2])
    # A run as short as this one may end before it is time for a line.
    progress = project.folder / "scripts/wfimosaic/workflow/progress.py"
    progress.write_text(progress.read_text().replace("PAUSE = 5", "PAUSE = 0"))
    output = project.run(skymatch={"subtract": False, "plane": True})
    assert re.search(r"^\w+: \d of \d (jobs|members) done; the run: \d+ %, about \d+ s left$", output, re.M)
    noted = arrays_of(project.result("P_i2d.asdf"))
    with asdf.open(project.result(f"{simulated.stems[0]}_skymatch.asdf")) as file:
        assert not file["roman"]["meta"]["background"]["subtracted"]
        assert any(file["roman"]["meta"]["background"]["slope"])
    project.run(skymatch={"subtract": True, "plane": True})
    assert_same_bytes(arrays_of(project.result("P_i2d.asdf")), noted)


def test_levels_and_background_images_of_the_user(new_project, simulated):
    project = new_project(simulated.paths[:2])
    first, second = (path.name.removesuffix("_cal.asdf") for path in project.members)
    asdf.AsdfFile({"data": np.full((256, 256), 0.25, np.float32)}).write_to(project.folder / f"{first}_light.asdf")
    (project.folder / "levels.txt").write_text(f"{first} 0.125\n{second}_cal.asdf 0.5\n")
    options = {"skymethod": "user", "skylist": "levels.txt", "background_images": "{stem}_light.asdf"}
    targets = [f"results/P/{stem}_skymatch.asdf" for stem in (first, second)]
    output = project.run(*targets, skymatch=options)
    for path, target, background, level in zip(project.members, targets, (0.25, 0), (0.125, 0.5), strict=True):
        with asdf.open(path) as cal, asdf.open(project.folder / target) as image:
            factor = np.float32(cal["roman"]["meta"]["photometry"]["conversion_megajanskys"])
            before, after = (np.asarray(file["roman"]["data"]) for file in (cal, image))
            expected = (before - np.float32(background)) * factor - np.float32(level)
            np.testing.assert_array_equal(after, expected)
    options["background_images"] = {"nobody": "light.asdf"}
    code, output = project.snakemake(skymatch=options)
    assert code == 1 and "nobody is no member of the associations" in output


def test_one_core_gives_the_same_bytes_as_two(finished, new_project, simulated):
    project = new_project()
    code, output = project.snakemake("--quiet", cores=1)
    assert code == 0, output[-3000:]
    assert_same_bytes(arrays_of(project.result("P_i2d.asdf")), arrays_of(finished.result("P_i2d.asdf")))


def test_associations_products_skips_and_exposures(new_project, simulated):
    project = new_project(simulated.paths[:4])
    project.associate({"A": project.members, "B": project.members[:1]})
    project.associate({"C": project.members[1:3]}, "other.json")
    project.run(
        associations=["asn.json", "other.json"],
        outlier_detection={"skip": True},
        skymatch={"skip": True},
    )
    for product, count in (("A", 4), ("B", 1), ("C", 2)):
        with asdf.open(project.result(f"{product}_i2d.asdf", product)) as file:
            meta = file["roman"]["meta"]
            assert len(meta["resample"]["members"]) == count
            assert meta["cal_step"]["outlier_detection"] == meta["cal_step"]["skymatch"] == "SKIPPED"
        assert not project.result(f"{product}_median.asdf", product).exists()
    project.run(outlier_detection={"save_intermediate_results": True}, resample={"skip": True})
    listed = project.result("A_exposures.txt", "A").read_text().split()
    assert len(listed) == 2
    with asdf.open(project.result(listed[0], "A")) as file:
        image = np.array(file["data"])
        assert np.isfinite(image).sum() > 50_000 and file["wcs"].pixel_shape == image.shape[::-1]
    with asdf.open(project.result(f"{simulated.stems[0]}_outlier_detection.asdf", "B")) as file:
        assert file["roman"]["meta"]["cal_step"]["outlier_detection"] == "SKIPPED"
    with asdf.open(project.result(f"{simulated.stems[0]}_outlier_detection.asdf", "A")) as file:
        assert file["roman"]["meta"]["cal_step"]["outlier_detection"] == "COMPLETE"


def test_skycell(new_project, simulated):
    project = new_project(simulated.paths[:2])
    cell = {
        "name": "270p66x50y50",
        "pixel_scale": 0.055 / 3600,
        "ra_projection_center": 270.0,
        "dec_projection_center": 66.0,
        "x0_projection": 299.5,
        "y0_projection": 499.5,
        "nx": 600,
        "ny": 1000,
        "orientat_projection_center": 0.0,
    }
    project.associate({"P": project.members}, skycell_wcs_info=cell, target="270p66x50y50")
    project.run("fits", resample={"rotation": 10, "noise_realizations": 1}, suffix="coadd")
    assert not project.result("P_i2d.asdf").exists()
    with asdf.open(project.result("P_noise.asdf")) as file:
        assert (file["noise"].shape, file["mosaic"]) == ((1, 1000, 600), "P_coadd.asdf")
        assert file["seed"]["product"] == "P"
    with asdf.open(project.result("P_coadd.asdf")) as file, fits.open(project.result("P_coadd.fits")) as hdus:
        meta = file["roman"]["meta"]
        assert file["roman"]["data"].shape == (1000, 600)
        assert meta["filename"] == "P_coadd.asdf"
        assert meta["wcsinfo"]["skycell_name"] == "270p66x50y50"
        assert meta["resample"]["pixel_scale_ratio"] == pytest.approx(0.5, rel=1e-3)
        assert meta["wcs"](299.5, 499.5) == pytest.approx((270.0, 66.0))
        x, y = np.array([0, 10.5, 599]), np.array([0, 999, 20.25])
        sky = meta["wcs"](x, y, with_bounding_box=False)
        np.testing.assert_allclose(WCS(hdus["SCI"].header).wcs_world2pix(*sky, 0), [x, y], rtol=0, atol=1e-6)
        assert hdus[0].header["SKYCELL"] == "270p66x50y50"
        np.testing.assert_array_equal(hdus["SCI"].data, file["roman"]["data"])
        assert np.isfinite(file["roman"]["data"]).mean() > 0.1
    log = (project.folder / "results" / "logs" / "P" / "define_mosaic_grid.log").read_text()
    assert "resample.rotation is ignored" in log


def test_images_of_a_real_simulator(new_project, shared):
    files = sorted((shared / "data" / "romanisim_f158").glob("*_cal.asdf"))
    project = new_project(files)
    project.run(skymatch={"skystat": "mode"}, outlier_detection={"method": "romancal", "weight_type": "ivm"})
    levels = json.loads(project.result("P_sky.json").read_text())["levels"]
    # What romancal 1.1.0 finds with its statistic and weights; the noise of a pixel is 0.028 MJy/sr.
    assert [m["level"] for m in levels.values()] == pytest.approx([0.01388, 0.02916, 0, 0.05218], abs=1e-4)
    for path, expected in zip(files, [3419, 3103, 2019, 2793], strict=True):
        with asdf.open(project.result(path.name.replace("_cal", "_outlier_detection"))) as file:
            assert abs((np.array(file["roman"]["dq"]) & 128 > 0).sum() - expected) <= 1
    with datamodels.open(project.result("P_i2d.asdf")) as model:
        assert model.shape == (2182, 1946)
