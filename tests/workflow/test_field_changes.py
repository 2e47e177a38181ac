"""A field of which something changes, or is bad: only the cells that it touches are made again, or not made."""

import json
import re
import shutil

import asdf
import numpy as np
import pytest
from skycells import FIELD, Cells, arrays_of, assert_same_bits, write_association


@pytest.fixture(scope="module")
def cells(simulated):
    return Cells(simulated.paths)


@pytest.fixture
def two_cells(cells, new_project):
    """Two cells of a field, with members of different exposures: associate some of them, with the sky's options."""
    project = new_project()
    first, *_, last = cells.cells
    names = {exposure: f"r0000101001001001001_000{exposure}_wfi02_f158_cal.asdf" for exposure in (2, 3)}
    members = {first: ["r0000101001001001001_0001_wfi01_f158_cal.asdf"], last: list(names.values())}

    def associate(number_of_last, **sky):
        write_association(project, first, cells.cells[first], members[first])
        write_association(project, last, cells.cells[last], members[last][:number_of_last])
        return FIELD | {"skymatch": sky, "associations": [f"{cell}_asn.json" for cell in members]}

    return project, associate, {cell: project.result(f"{cell}_i2d.asdf", cell) for cell in members}


def remade(project, config, mosaics):
    """Run, and tell which mosaics have been made again."""
    before = [path.stat().st_mtime_ns for path in mosaics.values()]
    project.run(**config)
    return [path.stat().st_mtime_ns != then for path, then in zip(mosaics.values(), before, strict=True)]


def test_another_exposure_remakes_only_the_cells_that_it_touches_and_as_a_fresh_run_would(two_cells):
    project, associate, mosaics = two_cells
    # Where levels depend on each other, one more exposure changes those near it.
    project.run(**associate(1, skymethod="local"))
    config = associate(2, skymethod="local")
    assert remade(project, config, mosaics) == [False, True]
    assert project.jobs(**config) == {}
    grown = [arrays_of(path) for path in mosaics.values()]
    shutil.rmtree(project.folder / "results")
    project.run(**config, keep="none")
    for pattern in ("r*_skymatch.asdf", "r*_outlier_detection.asdf", "*_median.asdf"):
        assert not list(project.folder.rglob(pattern))
    assert project.jobs(**config, keep="none") == {}
    whole = (slice(None), slice(None))
    for arrays, path in zip(grown, mosaics.values(), strict=True):
        assert_same_bits(arrays, whole, arrays_of(path), whole, path)


def test_another_skycell_remakes_its_product_alone(two_cells, cells):
    project, associate, mosaics = two_cells
    config = associate(2, skymethod="local")
    project.run(**config)
    last = list(mosaics)[-1]
    x, y, nx, ny = cells.cells[last]
    config = associate(2, skymethod="local")
    members = ["r0000101001001001001_0002_wfi02_f158_cal.asdf", "r0000101001001001001_0003_wfi02_f158_cal.asdf"]
    write_association(project, last, (x, y, nx - 20, ny), members)
    assert remade(project, config, mosaics) == [False, True]
    assert arrays_of(mosaics[last])["data"].shape == (ny, nx - 20)
    assert project.jobs(**config) == {}


def test_a_product_without_a_grid_costs_no_other(two_cells, cells):
    project, associate, mosaics = two_cells
    config = associate(2)
    first, last = mosaics
    x, y, nx, ny = cells.cells[last]
    write_association(project, last, (x + 5000, y, nx, ny), ["r0000101001001001001_0002_wfi02_f158_cal.asdf"])
    code, output = project.snakemake("--keep-going", **config)
    assert code != 0 and f"{last} has no mosaic: no member lies on the grid" in " ".join(output.split())
    assert mosaics[first].exists() and not mosaics[last].exists()
    assert "1 of 2 products are complete." in output


def test_another_level_or_background_of_a_member_remakes_the_cells_of_its_exposure(two_cells):
    project, associate, mosaics = two_cells
    name = "r0000101001001001001_0003_wfi02_f158"
    config = associate(2, skymethod="user", skylist="levels.txt", background_images={name: "light.asdf"})

    def give(level, light):
        stems = [path.name.removesuffix("_cal.asdf") for path in project.members]
        lines = [f"{stem} {level if stem == name else 0.25}\n" for stem in stems]
        (project.folder / "levels.txt").write_text("".join(lines))
        asdf.AsdfFile({"data": np.full((256, 256), light, np.float32)}).write_to(project.folder / "light.asdf")

    def sky():
        arrays = arrays_of(list(mosaics.values())[-1])
        others = sum(arrays[key] for key in arrays if key.startswith("r0") and key != f"{name}_cal.asdf")
        return np.where((arrays[f"{name}_cal.asdf"] == 1) & (others == 0), arrays["data"], np.nan)

    give(0.25, 0.0)
    project.run(**config)
    start = sky()
    give(0.5, 0.0)
    assert remade(project, config, mosaics) == [False, True]
    assert np.nanmedian(start - sky()) == pytest.approx(0.25, abs=1e-5)
    give(0.5, 0.125)
    assert remade(project, config, mosaics) == [False, True]
    assert np.nanmedian(start - sky()) == pytest.approx(0.25 + 0.125 * 0.77, abs=1e-5)


def test_bad_members_cost_only_the_cells_that_they_touch(cells, new_project):
    project = new_project()
    names = cells.associations(project)
    # All exposures of one detector.
    cut_off, flipped, gone = bad = [path for path in project.members if "wfi01" in path.name]
    cut_off.write_bytes(cut_off.read_bytes()[:300_000])
    content = bytearray(flipped.read_bytes())
    content[-3000] ^= 1
    flipped.write_bytes(content)
    gone.unlink()
    untouched = [cell for cell, members in cells.members.items() if not any("wfi01" in name for name in members)]
    assert untouched
    code, output = project.snakemake(**FIELD, associations=names)
    assert code != 0 and f"{gone.name}: no such file" in " ".join(output.split())
    code, output = project.snakemake("--keep-going", **FIELD, associations=names)
    assert code != 0
    made = [name for name in cells.cells if project.result(f"{name}_i2d.asdf", name).exists()]
    assert made == untouched
    assert f"{len(untouched)} of {len(cells.cells)} products are complete." in output
    summary = output.split("products are complete.")[-1]
    for path in bad:
        assert path.name in summary, summary
    code, output = project.snakemake("report", "--dry-run", "--keep-going", **FIELD, associations=names)
    assert code == 0
    # Flags are counted where no member is missing.
    incomplete = re.findall(r"^rule count_flags:\n +input: .*/(\w+)_members.txt", output, re.MULTILINE)
    assert set(incomplete) == {cell for cell, members in cells.members.items() if gone.name in members}
    # The page shows what could be made, and says what could not.
    code, output = project.snakemake("hips", "--keep-going", **FIELD, associations=names)
    assert code == 0, output[-3000:]
    product = json.loads((project.folder / "results/survey/hips/F158/product.json").read_text())
    assert {part["place"].split("/")[-2] for part in product["parts"]} == set(untouched)
    others = [cell for cell in cells.cells if cell not in untouched]
    assert product["note"] == f"Without {len(others)} products that could not be made: {', '.join(others)}"
    assert f"Warning in make_field_viewer: {product['note']}" in " ".join(output.split())
    # All are asked for without the option, though there is a page.
    code, output = project.snakemake("hips", "--dry-run", **FIELD, associations=names)
    assert code != 0 and "Nothing to be done" not in output
    assert f"members/{gone.name}" in output.split("Missing input files for rule hips")[-1], output[-3000:]
