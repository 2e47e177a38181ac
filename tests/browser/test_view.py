"""The sky viewer and the report, in a real browser."""

import json
import re
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from warm_python import warm_python
from wfimosaic.commands.asn_from_list import asn_from_list
from wfimosaic.commands.explain_position import explain_position
from wfimosaic.simulation.simulate_members import simulate_members
from wfimosaic.viewer.make_server import make_server

HERE = Path(__file__).resolve().parent
WORKFLOW = HERE.parents[1] / "workflow"
STYLE = WORKFLOW / "report" / "report.css"
SNAKEFILE = WORKFLOW / "Snakefile"
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
    pytest.mark.skipif(
        not (HERE / "node_modules").is_dir(), reason="playwright-core is not installed (make test-browser)"
    ),
]


def drive(action, address):
    """Have Chromium do something; return what it saw."""
    words = ["node", HERE / "drive.mjs", CHROMIUM, action, address]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A wide mosaic with its sky viewer and its report, made by the workflow."""
    folder = tmp_path_factory.mktemp("browser")
    names = [f"r0000101001001001001_{e:04d}_wfi{d:02d}_f158_cal.asdf" for e in (1, 2) for d in (1, 7, 13)]
    paths = [str(folder / name) for name in names]
    simulate_members(paths, shape=(400, 400), workers=2)
    (folder / "asn.json").write_text(json.dumps(asn_from_list(paths, "wide", folder=folder)))
    # So fine that a window shows only a part of the finest tiles, however far it has been zoomed.
    settings = {"associations": ["asn.json"], "resample": {"pixel_scale_ratio": 0.5}}
    (folder / "my.yaml").write_text(yaml.safe_dump(settings))
    command = [warm_python(), "-m", "snakemake", "-s", SNAKEFILE, "--configfile", "my.yaml"]
    for words in (
        ["--cores", "2", "hips", "report"],
        ["--report", "report.html", "--report-stylesheet", STYLE, "report"],
    ):
        done = subprocess.run([*command[:3], *words, *command[3:]], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def seen(results):
    """What Chromium saw of the sky viewer."""
    with make_server(str(results / "results"), 0, explain_position) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            return drive("view", f"http://127.0.0.1:{server.server_port}/wide/hips/")
        finally:
            server.shutdown()
            thread.join()


def test_the_mosaic_appears(seen):
    assert seen["image"]["bright"] > 1e-4, "no star is white"
    assert seen["image"]["scatter"] > 5, "the sky is a flat colour"


def test_panning_loads_tiles(seen):
    assert seen["tilesAfter"] > seen["tilesBefore"] > 0


@pytest.mark.parametrize("overlay", ["footprints", "outline", "coverage"])
def test_overlays_are_shown_and_hidden(seen, overlay):
    assert seen[overlay]["on"] > 0.0005 > seen[overlay]["off"]


def test_a_click_gives_the_command_that_explains_the_position(seen):
    *command, ra, dec = seen["explain"].split()
    assert command == ["wfimosaic", "explain", "results/wide/wide_i2d.asdf"]
    # The middle of the window is the middle of the mosaic, to a pixel of the screen.
    assert abs(float(ra) - seen["center"][0]) < 5e-4 and abs(float(dec) - seen["center"][1]) < 2e-4


def test_a_click_shows_value_members_and_flags(seen):
    first, *rows = seen["found"].splitlines()
    assert re.fullmatch(r"Pixel \d+, \d+: -?[0-9.e-]+ ± [0-9.e-]+ MJy/sr", first)
    assert "Flags" in rows[0] and any("r0000101001001001001_000" in row for row in rows[1:])


def test_scale_bar_is_as_long_as_it_says_and_the_compass_has_north_and_east(seen):
    value, unit = re.fullmatch(r"([0-9.]+)([°'\"])", seen["scale"]["text"]).groups()
    arcsec = float(value) * {"°": 3600, "'": 60, '"': 1}[unit]
    # `field`: arcsec of a pixel of the screen.
    assert seen["scale"]["width"] * seen["field"] == pytest.approx(arcsec, rel=0.05)
    assert seen["compass"] == "NE"


def test_nothing_is_asked_from_elsewhere_and_nothing_fails(seen):
    hosts = {
        urlsplit(url).hostname for url in seen["requests"] if urlsplit(url).scheme in ("http", "https", "ws", "wss")
    }
    assert hosts == {"127.0.0.1"}
    assert seen["errors"] == []


def test_report_shows_every_figure_whole_and_explained_without_a_network(results):
    seen = drive("report", (results / "report.html").as_uri())
    assert {urlsplit(url).scheme for url in seen["requests"]} <= {"file", "data", "blob"}
    assert seen["errors"] == []
    shown = {figure["name"]: figure for figure in seen["shown"]}
    assert set(shown) == {
        *("Mosaic", "Coverage", "Exposure time", "Weight", "Error", "Depth", "Not checked for outliers"),
        *("Footprints", "Table of members", "Run times and memory", "Settings, versions and inputs"),
        *("Sky levels", "Seams on the sky", "Seams in units of their error"),
        *("Noise of empty sky", "Depth in apertures", "Outliers on the sky", "Flagged pixels by detector"),
    }
    for name, figure in shown.items():
        assert figure["top"] >= 0 and figure["height"] > 200, f"{name} is cut off or not shown"
    assert "6 members of 2 exposures" in shown["Table of members"]["text"]
    assert "resample" in shown["Run times and memory"]["text"]
    assert "outlier_detection" in shown["Settings, versions and inputs"]["text"]
    assert "How long the jobs of each rule ran" in seen["text"]
    assert len(seen["captions"]) == len(shown) and all(len(caption) > 100 for caption in seen["captions"])
