"""A field: skycells have one sky, each member is processed once, and a bad one costs only the cells that it touches."""

import itertools
import json
import os
import re
import shutil
from collections import Counter

import asdf
import numpy as np
import pytest
import shapely
from wfimosaic.commands.explain_position import explain_position
from wfimosaic.grid.member_header import read_member_header
from wfimosaic.grid.tangent_plane import tangent_plane
from wfimosaic.psf.mosaic_psf import MosaicPsf

SCALE = 0.11 / 3600
CENTER = (269.9, 66.02)
SIZE, OVERLAP = 300, 60
ARRAYS = ("data", "err", "weight", "var_rnoise", "var_poisson")
FIELD = {"field": "survey"}
EXPOSURES = 3


class Cells:
    """Square cells of one projection region that cover some members, and one cell that holds all."""

    def __init__(self, paths):
        plane = tangent_plane(CENTER, (0.5, 0.5), SCALE, np.eye(2))
        corners = [plane.invert(*read_member_header(str(p), "m").corners.T, with_bounding_box=False) for p in paths]
        footprints = [shapely.Polygon(np.column_stack(c)) for c in corners]
        low, high = (np.array([reach(c, axis=1) for c in corners]) for reach in (np.min, np.max))
        (left, bottom), (right, top) = np.floor(low.min(axis=0)).astype(int), np.ceil(high.max(axis=0)).astype(int)
        self.whole = (int(left), int(bottom), int(right - left), int(top - bottom))
        steps = (range(start, stop, SIZE - OVERLAP) for start, stop in ((bottom, top), (left, right)))
        self.cells, self.members = {}, {}
        for y, x in itertools.product(*steps):
            frame = shapely.box(x, y, x + SIZE, y + SIZE)
            touched = [footprint.intersects(frame) for footprint in footprints]
            members = [os.path.basename(path) for path, touches in zip(paths, touched, strict=True) if touches]
            if members:
                name = f"c{len(self.cells)}"
                self.cells[name], self.members[name] = (x, y, SIZE, SIZE), members

    def associations(self, project):
        """Write an association for each cell, and return their names."""
        for name, cell in self.cells.items():
            write_association(project, name, cell, self.members[name])
        return [f"{name}_asn.json" for name in self.cells]


def write_association(project, name, cell, members):
    x, y, nx, ny = cell
    ra, dec = CENTER
    skycell = {
        "name": f"270p66x{x % 90:02d}y{y % 90:02d}",
        "pixel_scale": SCALE,
        "ra_projection_center": ra,
        "dec_projection_center": dec,
        "x0_projection": 0.5 - x,
        "y0_projection": 0.5 - y,
        "nx": nx,
        "ny": ny,
        "orientat_projection_center": 0.0,
    }
    members = [{"expname": f"members/{name}", "exptype": "science"} for name in members]
    table = {"products": [{"name": name, "members": members}], "skycell_wcs_info": skycell}
    (project.folder / f"{name}_asn.json").write_text(json.dumps(table))


def arrays_of(path):
    """The arrays of a mosaic; of the context whether each member, by name, went into each pixel."""
    with asdf.open(path) as file:
        roman = file["roman"]
        arrays, context = {name: np.array(roman[name]) for name in ARRAYS}, np.array(roman["context"])[0]
        return arrays | {str(name): context >> k & 1 for k, name in enumerate(roman["meta"]["resample"]["members"])}


def assert_same_bits(one, here, other, there, what):
    for name in one.keys() | other.keys():
        # No pixel has a member that a mosaic does not know.
        a, b = (arrays[name][part] if name in arrays else None for arrays, part in ((one, here), (other, there)))
        if a is None or b is None:
            assert not (b if a is None else a).any(), (what, name)
        else:
            same = a.tobytes() == b.tobytes()
            assert same, (what, name)


def common_part(one, other):
    """Of two rectangles (x, y, nx, ny) the part in common, as slices of each; None without any."""
    slices = []
    for axis in (1, 0):
        start = max(one[axis], other[axis])
        stop = min(one[axis] + one[axis + 2], other[axis] + other[axis + 2])
        if start >= stop:
            return None
        slices.append([slice(start - cell[axis], stop - cell[axis]) for cell in (one, other)])
    return tuple(zip(*slices, strict=True))


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
    assert project.snakemake("hips", forked=True, **config, resample={"skip": True})[0] == 0
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
    code, output = project.snakemake("report", "--dry-run", "--keep-going", forked=True, **FIELD, associations=names)
    assert code == 0
    # Flags are counted where no member is missing.
    incomplete = re.findall(r"^rule count_flags:\n +input: .*/(\w+)_members.txt", output, re.MULTILINE)
    assert set(incomplete) == {cell for cell, members in cells.members.items() if gone.name in members}
