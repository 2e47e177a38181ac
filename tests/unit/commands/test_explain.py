"""explain: a pixel of a mosaic traced back to its members."""

import json
import shutil

import asdf
import numpy as np
import pytest
from roman_datamodels.dqflags import pixel
from scipy import ndimage
from wfimosaic.commands.command import main
from wfimosaic.commands.explain_position import explain_position
from wfimosaic.comparison.compare_exposures import compare_exposures
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


def mosaic_with(outlier_settings, finished_product, matched, folder):
    """Run the steps from the median to the mosaic with other settings: the mosaic's path, and the members'."""
    settings = complete({"associations": ["asn.json"], "outlier_detection": outlier_settings})
    paths = {name: str(folder / f"P_{name}.asdf") for name in ("median", "outliers", "i2d")}
    members = [str(folder / f"{stem}_outlier_detection.asdf") for stem in matched.stems]
    for kind, grid in (("mosaic", finished_product.grid), ("outlier", finished_product.outlier_grid)):
        shutil.copy(grid, folder / f"P_{kind}_grid.asdf")
    make_median(matched.paths, matched.grid, paths["median"], **rule_settings(settings, "make_median"))
    pairwise = settings["outlier_detection"]["method"] == "pairwise"
    if pairwise:
        options = rule_settings(settings, "compare_exposures")
        compare_exposures(matched.paths, matched.grid, paths["median"], paths["outliers"], **options)
    inputs = ([], [], [paths["outliers"]]) if pairwise else ([paths["median"]], [matched.grid])
    for path, stem, output in zip(matched.paths, matched.stems, members, strict=True):
        (folder / f"{stem}_skymatch.asdf").symlink_to(path)
        flag_outliers(path, output, stem, *inputs, **rule_settings(settings, "flag_outliers"))
    association = {"name": "asn.json", "target": None, "data_release_id": "p"}
    record = {"settings": recorded_settings(settings), "excluded": []}
    resample(members, finished_product.grid, paths["i2d"], association=association, record=record)
    return paths["i2d"], members


@pytest.fixture(scope="module")
def romancal(finished_product, matched, tmp_path_factory):
    """A mosaic whose outliers were found by the median alone, and its members."""
    return mosaic_with({"method": "romancal"}, finished_product, matched, tmp_path_factory.mktemp("romancal"))


def test_an_outlier_is_shown_with_its_deviation_from_the_median(romancal, finished_product, mosaic):
    grids = [read_grid(path) for path in (finished_product.grid, finished_product.outlier_grid)]
    path, members = romancal
    image = stored_image(members[0])
    dq, data, err = (image.read(name) for name in ("dq", "data", "err"))
    with open_median(path.replace("_i2d", "_median")) as median:
        blotted = blot(median.data, grids[1].members[0])
    step = steepest_step(blotted)
    # Hit by a cosmic ray, not bad before, away from the border.
    hit = (dq & pixel.OUTLIER != 0) & finished_product.truths[0].cosmic_rays & ~finished_product.truths[0].bad
    row, column = next((r, c) for r, c in np.argwhere(hit & np.isfinite(step)) if 20 < r < 230 and 20 < c < 230)
    x, y = grids[0].members[0].pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
    found = explain_position(path, *sky_of(mosaic, x, y))
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
    "changes",
    [
        {"method": "romancal", "snr": "2.5 1.0", "scale": "0.4 0.2", "grow": 2},
        {"method": "romancal", "resample_data": False},
        {"method": "pairwise"},
        {"method": "pairwise", "snr": "2.5 1.0", "grow": 2, "backg": 0.01, "resample_data": False},
    ],
    ids=str,
)
def test_other_settings_are_explained_as_they_decided(finished_product, matched, tmp_path, changes):
    path, members = mosaic_with(changes, finished_product, matched, tmp_path)
    flagged = np.argwhere(stored_image(members[0]).read("dq") & pixel.OUTLIER)
    grid = read_grid(finished_product.grid)
    seen = []
    for row, column in flagged[:: len(flagged) // 3]:
        x, y = grid.members[0].pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
        sky = (float(value) for value in grid.wcs(x, y, with_bounding_box=False))
        seen += explain_position(path, *sky)["members"]
    assert sum(entry["outlier"] for entry in seen) >= 3
    compared = [entry for entry in seen if entry["deviation"] is not None]
    assert len(compared) > 3
    assert all(entry["outlier"] == (entry["deviation"] > entry["allowed"]) for entry in compared)


def exposures_at(mosaic, finished_product):
    groups = read_grid(finished_product.grid).groups().values()
    touched = [np.bitwise_or.reduce([mosaic["context"][0] >> k & 1 for k in group]) for group in groups]
    return sum(touched)


def test_votes_of_other_exposures_are_shown(finished_product, matched, mosaic, capsys):
    # A ray on a place where all three exposures looked.
    grid = read_grid(finished_product.grid)
    everywhere = ndimage.minimum_filter(exposures_at(mosaic, finished_product), 9) == 3
    for row, column in np.argwhere(matched.truths[0].cosmic_rays & ~matched.truths[0].bad):
        x, y = grid.members[0].pixel_map(slice(row, row + 1), slice(column, column + 1))[0, 0]
        if everywhere[int(y + 0.5), int(x + 0.5)]:
            break
    words = ["explain", finished_product.mosaic, *(f"{value:.9f}" for value in sky_of(mosaic, x, y))]
    assert main([*words, "--json"]) == 0
    ray, *rest = json.loads(capsys.readouterr().out)["members"]
    assert ray["outlier"] and (ray["others"], ray["brighter"], ray["darker"]) == (2, 2, 0)
    assert ray["deviation"] > ray["allowed"] > 4
    assert len(rest) >= 2 and not any(entry["outlier"] for entry in rest)
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "2: 2 say brighter" in text and "not checked" not in text


@pytest.mark.parametrize("method", ["pairwise", "romancal"])
def test_what_nobody_checked_is_said(method, romancal, finished_product, mosaic, capsys):
    path = romancal[0] if method == "romancal" else finished_product.mosaic
    single = ndimage.minimum_filter(exposures_at(mosaic, finished_product) == 1, 9)
    row, column = np.argwhere(single)[0]
    found = explain_position(path, *sky_of(mosaic, column, row))
    assert found["method"] == method
    usable = [entry for entry in found["members"] if entry["share"] > 0]
    assert usable and all(entry["others"] == 0 for entry in usable)
    assert main(["explain", path, *(f"{value:.9f}" for value in sky_of(mosaic, column, row))]) == 0
    assert "not checked for outliers: only one exposure looked here" in capsys.readouterr().out


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
