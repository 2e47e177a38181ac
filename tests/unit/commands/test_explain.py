"""explain: a pixel of a mosaic traced back to its members."""

import json
import shutil

import asdf
import numpy as np
import pytest
from roman_datamodels.dqflags import pixel
from wfimosaic.commands.command import main
from wfimosaic.commands.explain_position import explain_position
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.stored_image import stored_image
from wfimosaic.mosaic.resample import resample
from wfimosaic.outliers.blot import blot
from wfimosaic.outliers.find_outliers import steepest_step
from wfimosaic.outliers.flag_outliers import flag_outliers
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.median_image import open_median
from wfimosaic.workflow.settings import complete, recorded_settings, rule_settings


@pytest.fixture(scope="module")
def mosaic(finished_product):
    with asdf.open(finished_product.mosaic, memmap=False) as file:
        roman = file["roman"]
        return {name: np.array(roman[name]) for name in ("data", "err", "weight", "context")} | {
            "wcs": roman["meta"]["wcs"]
        }


def sky_of(mosaic, x, y):
    ra, dec = mosaic["wcs"](x, y, with_bounding_box=False)
    return float(ra), float(dec)


def test_shares_and_weights_are_the_mosaics(finished_product, mosaic):
    rng = np.random.default_rng(2)
    inside = np.argwhere(np.isfinite(mosaic["data"]))
    for row, column in inside[rng.integers(0, len(inside), 6)]:
        found = explain_position(finished_product.mosaic, *sky_of(mosaic, column, row))
        assert found["pixel"] == [column, row] and found["outlier_detection"] == "COMPLETE"
        for key, name in (("value", "data"), ("err", "err"), ("weight", "weight")):
            assert found[key] == pytest.approx(float(mosaic[name][row, column]))
        touching = {k + 1 for k in range(6) if mosaic["context"][0, row, column] >> k & 1}
        assert {member["number"] for member in found["members"] if member["share"] > 0} == touching
        assert sum(member["share"] for member in found["members"]) == pytest.approx(1)


def test_an_outlier_is_shown_with_its_deviation(finished_product, mosaic):
    grids = [read_grid(path) for path in (finished_product.grid, finished_product.outlier_grid)]
    image = stored_image(finished_product.members[0])
    dq, data, err = (image.read(name) for name in ("dq", "data", "err"))
    with open_median(finished_product.median) as median:
        blotted = blot(median.data, grids[1].members[0])
    step = steepest_step(blotted)
    # Hit by a cosmic ray, not bad before, away from the border.
    hit = (dq & pixel.OUTLIER != 0) & finished_product.truths[0].cosmic_rays & ~finished_product.truths[0].bad
    row, column = next((r, c) for r, c in np.argwhere(hit & np.isfinite(step)) if 20 < r < 230 and 20 < c < 230)
    x, y = grids[0].members[0].pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
    found = explain_position(finished_product.mosaic, *sky_of(mosaic, x, y))
    member = next(entry for entry in found["members"] if entry["number"] == 1)
    assert member["pixel"] == [column, row] and member["outlier"]
    assert member["flags"] == ["DO_NOT_USE", "OUTLIER"] and member["exposure"] == grids[0].members[0].group
    assert member["value"] == pytest.approx(float(data[row, column]))
    deviation = abs(data[row, column] - blotted[row, column]) / err[row, column]
    assert member["deviation"] == pytest.approx(float(deviation), rel=1e-5)
    # It is in the first mask, so that the second threshold counts.
    allowed = 4 + 0.7 * step[row, column] / err[row, column]
    assert member["allowed"] == pytest.approx(float(allowed), rel=1e-5)
    with open(finished_product.sky) as file:
        levels = json.load(file)["levels"]
    assert member["sky"] == pytest.approx(levels[member["member"]]["level"])


@pytest.mark.parametrize(
    "changes", [{"snr": "2.5 1.0", "scale": "0.4 0.2", "grow": 2}, {"resample_data": False}], ids=str
)
def test_other_settings_are_explained_as_they_decided(finished_product, matched, tmp_path, changes):
    settings = complete({"associations": ["asn.json"], "outlier_detection": {"method": "romancal", **changes}})
    paths = {name: str(tmp_path / f"P_{name}.asdf") for name in ("median", "i2d")}
    members = [str(tmp_path / f"{stem}_outlier_detection.asdf") for stem in matched.stems]
    for kind, grid in (("mosaic", finished_product.grid), ("outlier", finished_product.outlier_grid)):
        shutil.copy(grid, tmp_path / f"P_{kind}_grid.asdf")
    make_median(matched.paths, matched.grid, paths["median"], **rule_settings(settings, "make_median"))
    for path, stem, output in zip(matched.paths, matched.stems, members, strict=True):
        options = rule_settings(settings, "flag_outliers")
        flag_outliers(path, output, stem, paths["median"], matched.grid, **options)
    association = {"name": "asn.json", "target": None, "data_release_id": "p"}
    record = {"settings": recorded_settings(settings), "excluded": []}
    resample(members, finished_product.grid, paths["i2d"], association=association, record=record)
    flagged = np.argwhere(stored_image(members[0]).read("dq") & pixel.OUTLIER)
    member = read_grid(finished_product.grid).members[0]
    seen = []
    for row, column in flagged[:: len(flagged) // 3]:
        x, y = member.pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
        wcs = read_grid(finished_product.grid).wcs
        sky = (float(value) for value in wcs(x, y, with_bounding_box=False))
        seen += explain_position(paths["i2d"], *sky)["members"]
    assert sum(entry["outlier"] for entry in seen) >= 3
    compared = [entry for entry in seen if entry["deviation"] is not None]
    assert len(compared) > 3
    assert all(entry["outlier"] == (entry["deviation"] > entry["allowed"]) for entry in compared)


def test_table_and_json(finished_product, mosaic, capsys):
    row, column = np.argwhere(mosaic["context"][0] & 1)[0]
    words = ["explain", finished_product.mosaic, *(f"{value:.9f}" for value in sky_of(mosaic, column, row))]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert finished_product.stems[0] in text and f"x = {column}, y = {row}" in text
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pixel"] == [column, row] and found["members"]


def test_nothing_there_is_no_number_in_json(finished_product, mosaic, capsys):
    row, column = np.argwhere(mosaic["context"][0] == 0)[0]
    words = ["explain", finished_product.mosaic, *(f"{value:.9f}" for value in sky_of(mosaic, column, row))]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] is None and found["weight"] == 0
    assert main(words) == 0 and "nan" in capsys.readouterr().out


def refused(capsys, *words):
    assert main(list(words)) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("wfimosaic: ") and err.count("\n") == 1
    return err


def test_errors_in_one_line(finished_product, tmp_path, capsys):
    assert "outside" in refused(capsys, "explain", finished_product.mosaic, "10", "66")
    assert "outside" in refused(capsys, "explain", finished_product.mosaic, "90", "-66")
    assert "between -90 and 90" in refused(capsys, "explain", finished_product.mosaic, "270", "96")
    assert "no such file" in refused(capsys, "explain", str(tmp_path / "nothing.asdf"), "270", "66")
    (tmp_path / "text.asdf").write_text("no")
    assert "cannot be read as ASDF" in refused(capsys, "explain", str(tmp_path / "text.asdf"), "270", "66")
    assert "is no mosaic" in refused(capsys, "explain", finished_product.members[0], "270", "66")
    shutil.copy(finished_product.mosaic, tmp_path / "P_i2d.asdf")
    assert "P_mosaic_grid.asdf: is not there" in refused(capsys, "explain", str(tmp_path / "P_i2d.asdf"), "270", "66")
