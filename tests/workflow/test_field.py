"""A field: skycells have one sky, each member is processed once, and all are parts of one mosaic."""

import itertools
import json
import os
from collections import Counter

import asdf
import numpy as np
import pytest
from skycells import (
    EXPOSURES,
    FIELD,
    Cells,
    arrays_of,
    assert_same_bits,
    common_part,
    write_association,
)
from wfimosaic.commands.explain_position import explain_position
from wfimosaic.psf.mosaic_psf import MosaicPsf


@pytest.fixture(scope="module")
def cells(simulated):
    return Cells(simulated.paths)


@pytest.fixture(scope="module")
def survey(new_project, cells):
    """A field of skycells that has been run, and the jobs that it took."""
    project = new_project()
    config = FIELD | {"associations": cells.associations(project)}
    jobs = project.jobs(**config)
    project.run(**config)
    return project, config, jobs


def test_each_exposure_has_one_job_of_each_kind_and_each_member_two_files(survey, cells, simulated):
    project, _, jobs = survey
    members, products = len(simulated.paths), len(cells.cells)
    assert products >= 4
    assert sum(map(len, cells.members.values())) > 2 * members
    assert jobs["define_field"] == jobs["define_field_grids"] == jobs["match_sky"] == 1
    assert jobs["subtract_sky"] == jobs["flag_outliers"] == EXPOSURES
    assert {jobs[rule] for rule in ("make_median", "compare_exposures", "resample")} == {products}
    files = Counter(path.name.split("_f158_")[0] for path in (project.folder / "results/survey").rglob("r*.asdf"))
    assert set(files.values()) == {2} and len(files) == members


def test_neighbours_are_equal_bit_for_bit_where_they_overlap(survey, cells):
    arrays = {name: arrays_of(survey[0].result(f"{name}_i2d.asdf", name)) for name in cells.cells}
    compared = 0
    for one, other in itertools.combinations(cells.cells, 2):
        parts = common_part(cells.cells[one], cells.cells[other])
        if parts:
            compared += np.count_nonzero(np.isfinite(arrays[one]["data"][parts[0]]))
            assert_same_bits(arrays[one], parts[0], arrays[other], parts[1], (one, other))
    assert compared > 10_000


def test_cells_are_parts_of_one_mosaic_of_all_members(survey, cells, simulated, new_project):
    project = new_project()
    write_association(project, "all", cells.whole, [path.name for path in project.members])
    project.run(associations=["all_asn.json"])
    whole = arrays_of(project.result("all_i2d.asdf", "all"))
    for cell, place in cells.cells.items():
        arrays = arrays_of(survey[0].result(f"{cell}_i2d.asdf", cell))
        here, there = common_part(place, cells.whole)
        assert_same_bits(arrays, here, whole, there, cell)


def test_a_pixel_is_explained_by_members_that_lie_in_the_fields_folder(survey, cells):
    project, _, _ = survey
    name = next(iter(cells.cells))
    mosaic = project.result(f"{name}_i2d.asdf", name)
    with asdf.open(mosaic) as file:
        weight = np.array(file["roman"]["weight"])
        y, x = np.argwhere(weight > 0.9 * weight.max())[0]
        ra, dec = file["roman"]["meta"]["wcs"](float(x), float(y))
    found = explain_position(str(mosaic), float(ra), float(dec))
    assert found["pixel"] == [x, y] and len(found["members"]) >= 2
    assert sum(member["share"] for member in found["members"]) == pytest.approx(1)


def test_the_viewer_shows_all_cells_as_one_sky(survey, cells):
    project, config, _ = survey
    project.run("hips", **config)
    page = project.folder / "results/survey/hips/F158"
    product = json.loads((page / "product.json").read_text())
    # Without mosaics there is nothing to show.
    assert project.snakemake("hips", **config, resample={"skip": True})[0] == 0
    assert (page / "index.html").is_file() and (page / "mosaic/Moc.fits").is_file()
    assert {part["place"] for part in product["parts"]} == {f"../../../{name}/{name}_i2d.asdf" for name in cells.cells}
    assert len(product["members"]) == len(project.members) and product["exposures"] == EXPOSURES


def test_neighbours_have_the_same_psf_where_they_overlap(survey, cells):
    project, _, _ = survey
    pairs = itertools.combinations(cells.cells, 2)
    one, other = next((a, b) for a, b in pairs if common_part(cells.cells[a], cells.cells[b]))
    here, _ = common_part(cells.cells[one], cells.cells[other])

    def gaussian(*_):
        return lambda dy, dx: 0.25 * np.exp(-0.8 * (dy[:, None] ** 2 + dx**2))

    psfs = [MosaicPsf(project.result(f"{name}_i2d.asdf", name), gaussian) for name in (one, other)]
    middle = [(side.start + side.stop) / 2 for side in here[::-1]]
    stamps = [psf.at_sky(*psfs[0].to_sky(*middle), size=2) for psf in psfs]
    assert len(stamps[0].members) >= 2
    assert [row.share for row in stamps[0].members] == pytest.approx([row.share for row in stamps[1].members])
    assert np.allclose(stamps[0].data, stamps[1].data, rtol=0, atol=1e-6, equal_nan=True)


def test_nothing_is_left_to_do(survey):
    project, config, _ = survey
    assert project.jobs(**config) == {}


def test_options_rerun_what_depends_on_them(survey, cells):
    project, config, _ = survey
    products = len(cells.cells)
    snr = project.jobs(**config, outlier_detection={"snr": "6.0 5.0"})
    drawn = {"resample": products, "plot_mosaic": products}
    assert snr == {"compare_exposures": products, "flag_outliers": EXPOSURES, **drawn}
    assert project.jobs(**config, resample={"pixfrac": 0.8}) == drawn
    sky = project.jobs(**config, skymatch={"lsigma": 3.0})
    assert sky["match_sky"] == 1 and sky["subtract_sky"] == EXPOSURES and "define_field_grids" not in sky


def test_a_member_replaced_by_an_older_file_is_noticed(survey, simulated):
    project, config, _ = survey
    path = project.members[0]
    before = path.stat()
    content = path.read_bytes()
    try:
        path.write_bytes(content + b"\0")
        os.utime(path, (0, 1_000_000_000))
        jobs = project.jobs(**config)
    finally:
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert jobs["define_field"] == jobs["match_sky"] == 1 and jobs["subtract_sky"] >= 1
    assert project.jobs(**config) == {}
