"""plan: what a run would make and need, said before it."""

import json
import math
import os
import re

import pytest
import yaml
from asdf.tags.core.ndarray import NDArrayType
from servers import web_server
from wfimosaic.commands.asn_from_list import asn_from_list
from wfimosaic.commands.command import main
from wfimosaic.commands.plan import check_disk_and_memory
from wfimosaic.commands.plan_product import PICTURE
from wfimosaic.errors import InputError
from wfimosaic.grid.grid import read_grid
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.workflow.rule_costs import PLAIN_RUN

from ..grid.test_output_wcs import SKYCELL


def plan(folder, paths, capsys, skycell="none", **config):
    """Run the command on an association of some members; give its exit code, output and error."""
    association = asn_from_list(paths, "P", folder=folder) | {"skycell_wcs_info": skycell}
    (folder / "asn.json").write_text(json.dumps(association))
    (folder / "my.yaml").write_text(yaml.safe_dump({"associations": [str(folder / "asn.json")], **config}))
    code = main(["plan", str(folder / "my.yaml"), "--cores", "1"])
    return code, *capsys.readouterr()


def test_plan_says_what_the_run_will_make_without_reading_a_pixel(
    simulated, finished_product, tmp_path, capsys, monkeypatch
):
    read = NDArrayType._make_array

    def read_of_wcs_alone(array):
        assert math.prod(array._shape) < 256 * 256, "pixels were read"
        return read(array)

    with monkeypatch.context() as patch:
        patch.setattr(NDArrayType, "_make_array", read_of_wcs_alone)
        code, text, _ = plan(tmp_path, simulated.paths, capsys)
    assert code == 0
    ny, nx = read_grid(finished_product.grid).shape
    for words in (
        "6 images of 256 x 256 pixels in 3 exposures",
        "all members are connected",
        f"output     {nx} x {ny} pixels of 0.11 arcsec",
        "with 1 cores",
        "installed",
    ):
        assert words in text
    assert all(rule in text for rule in PLAIN_RUN)


def test_plan_of_members_at_urls_is_that_of_files_and_says_what_is_copied(simulated, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Others may write between the two plans.
    monkeypatch.setattr("wfimosaic.commands.plan._free_disk", lambda folder: 10**12)
    _, expected, _ = plan(tmp_path, simulated.paths, capsys)
    with web_server(os.path.dirname(simulated.paths[0])) as (url, _):
        code, text, _ = plan(tmp_path, [f"{url}/{os.path.basename(path)}" for path in simulated.paths], capsys)
    (line,) = set(text.splitlines()) - set(expected.splitlines())
    size = sum(map(os.path.getsize, simulated.paths))
    assert code == 0
    assert line.startswith(f"Copies of members at URLs: {size / 1e6:.3g} MB needed at most, none left at the end, ")
    assert line.endswith(f"; about {size / 50e6:.0f} s at 50 MB/s, beside what is told above")
    assert set(expected.splitlines()) <= set(text.splitlines())


def test_copies_of_products_in_turn_need_less(simulated, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with web_server(os.path.dirname(simulated.paths[0])) as (url, _):
        urls = [f"{url}/{os.path.basename(path)}" for path in simulated.paths]
        for name, some in {"Q": urls[:4], "R": urls[3:5]}.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(asn_from_list(some, name)))
        (tmp_path / "my.yaml").write_text("associations: [Q.json, R.json]")
        assert main(["plan", "my.yaml", "--cores", "1"]) == 0
    sizes = [os.path.getsize(path) / 1e6 for path in simulated.paths]
    words = f"{sum(sizes[:5]):.3g} MB needed at most ({sum(sizes[:4]):.3g} MB if products are made one by one)"
    assert words in capsys.readouterr().out


def test_disk_is_what_a_run_leaves(simulated, finished_product, tmp_path, capsys):
    code, text, _ = plan(tmp_path, simulated.paths, capsys)
    assert code == 0
    left, unit = re.search(r"([0-9.]+) ([MGk]B) left at the end", text).groups()
    # All but the picture, which is not among the files of the fixture.
    files = sum(path.stat().st_size for path in finished_product.folder.iterdir()) + PICTURE
    assert float(left) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit] == pytest.approx(files, rel=0.1)
    # While it is at it a run needs no more: nothing is written twice.
    assert f"{left} {unit} needed at most" in text
    _, fewer, _ = plan(tmp_path, simulated.paths, capsys, keep="none")
    mosaic = re.search(r"arcsec, (.*)", fewer)[1]
    assert f"{mosaic} left at the end" in fewer


def test_grid_without_members_is_refused_before_the_run(simulated, tmp_path, capsys):
    away = {"output_shape": [100, 100], "crval": [269.0, 66.0]}
    code, _, err = plan(tmp_path, simulated.paths, capsys, resample=away)
    assert code == 1 and err.count("\n") == 1
    assert "no member lies on the grid" in err and "check resample.crval and resample.output_shape" in err


def test_islands_are_named(simulated, tmp_path, capsys):
    apart = [str(tmp_path / f"r0000101001001001001_000{k}_wfi01_f158_cal.asdf") for k in (7, 8)]
    simulate_members(apart, shape=(256, 256), center=(270.1, 66.0))
    code, text, _ = plan(tmp_path, [*simulated.paths[:4], *apart], capsys)
    assert code == 0 and "2 islands without a common pixel" in text
    assert "apart from the largest: r0000101001001001001_0007_wfi01_f158, r0000101001001001001_0008" in text


def test_skycell_that_is_none_and_one_that_members_hardly_touch_are_named(simulated, tmp_path, capsys, caplog):
    cell = SKYCELL | {"ra_projection_center": 270.0, "dec_projection_center": 66.0, "x0_projection": -250.0}
    cell |= {"y0_projection": 2000.0, "orientat_projection_center": 0.0}
    code, _, _ = plan(tmp_path, simulated.paths, capsys, skycell=cell)
    assert code == 0 and any("% of the grid of 5000 x 5000 pixels" in message for message in caplog.messages)
    code, _, err = plan(tmp_path, simulated.paths, capsys, skycell=cell | {"pixel_scale": 0.055})
    assert code == 1 and "skycell_wcs_info: pixel_scale = 0.055 deg" in err


def test_what_skips_leave_out_is_not_planned(simulated, tmp_path, capsys):
    code, text, _ = plan(tmp_path, simulated.paths, capsys, outlier_detection={"skip": True}, resample={"skip": True})
    assert code == 0 and "make_median" not in text and "compare_exposures" not in text
    assert "plot_mosaic" not in text and "subtract_sky" in text


def test_members_of_a_field_are_counted_once(simulated, tmp_path, capsys):
    for name, paths in (("P", simulated.paths[:4]), ("Q", simulated.paths[2:])):
        association = asn_from_list(paths, name, folder=tmp_path) | {"skycell_wcs_info": "none"}
        (tmp_path / f"{name}.json").write_text(json.dumps(association))
    config = {"associations": [str(tmp_path / f"{name}.json") for name in "PQ"], "field": "survey"}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config))
    assert main(["plan", str(tmp_path / "my.yaml"), "--cores", "1"]) == 0
    text = capsys.readouterr().out
    assert "6 images in 3 exposures, each scaled and flagged once" in text and "2 products: about" in text
    assert [text.count(rule) for rule in ("subtract_sky", "match_sky", "make_median")] == [1, 1, 2]


def test_a_member_of_a_field_that_is_missing_is_told_with_its_product(simulated, tmp_path, capsys):
    association = asn_from_list([*simulated.paths[:2], str(tmp_path / "none_cal.asdf")], "P", folder=tmp_path)
    (tmp_path / "asn.json").write_text(json.dumps(association | {"skycell_wcs_info": "none"}))
    (tmp_path / "my.yaml").write_text(yaml.safe_dump({"associations": [str(tmp_path / "asn.json")], "field": "survey"}))
    assert main(["plan", str(tmp_path / "my.yaml"), "--cores", "1"]) == 1
    assert re.search(r"wfimosaic: P has no mosaic: .*none_cal\.asdf: is not there", capsys.readouterr().err)


def test_exposures_are_compared_only_by_the_method_that_does(simulated, tmp_path, capsys):
    code, text, _ = plan(tmp_path, simulated.paths, capsys, outlier_detection={"method": "romancal"})
    assert code == 0 and "make_median" in text and "compare_exposures" not in text and "flag_outliers" in text


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            {"resample": {"pixel_scale": 0.001, "max_pixels": 10**9}},
            ["gigapixels because of resample.pixel_scale", "resample.max_pixels"],
        ),
        ({"results": "/proc/there"}, ["of disk and 0 kB are free", "results"]),
    ],
)
def test_what_cannot_fit_is_refused_in_one_line(simulated, tmp_path, capsys, config, words):
    code, _, err = plan(tmp_path, simulated.paths, capsys, **config)
    assert code == 1 and err.count("\n") == 1 and all(word in err for word in words)


def test_memory_that_is_not_there_is_refused_with_a_number_of_cores_that_fits():
    check_disk_and_memory(10e9, 20e9, 8e9, 8e9, 4)
    with pytest.raises(InputError, match=r"needs 30 GB of memory .* has 8 GB: use --cores 2"):
        check_disk_and_memory(10e9, 20e9, 30e9, 8e9, 8)
    with pytest.raises(InputError, match=r"needs 30 GB of disk and 20 GB are free"):
        check_disk_and_memory(30e9, 20e9, 8e9, 8e9, 4)
