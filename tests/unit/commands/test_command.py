"""All subcommands have one style: help with an example, errors in one line, no traceback."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from wfimosaic.commands import command, cut_mosaic, explain_position
from wfimosaic.commands.command import SUBCOMMANDS, main

LARGE = {
    "asdf",
    "astropy",
    "drizzle",
    "gwcs",
    "jsonschema",
    "matplotlib",
    "numba",
    "numpy",
    "roman_datamodels",
    "scipy",
    "shapely",
}
NAMES = [module.__name__.rsplit(".", 1)[1] for module in SUBCOMMANDS]


def ended(words):
    try:
        return main(list(map(str, words)))
    except SystemExit as end:  # argparse's way
        return end.code


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_an_example_that_can_be_copied(capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "60")
    assert ended([name, "--help"]) == 0
    example = re.search(r"^example: wfimosaic (.*)$", capsys.readouterr().out, re.M)[1]
    module = SUBCOMMANDS[NAMES.index(name)]
    seen = []
    monkeypatch.setattr(module, "run", seen.append)
    assert main(example.split()) == 0 and len(seen) == 1


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["options"]], ids=" ".join)
def test_help_and_options_wait_for_no_large_package(words):
    script = (
        "import atexit, sys; from wfimosaic.commands.command import main; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert "pixfrac" in done.stdout or "example: " in done.stdout
    imported = {name.split(".")[0] for name in done.stderr.split()}
    assert "wfimosaic" in imported and not imported & LARGE


MISTAKES = {
    "no command": ([], 2, ["COMMAND", "wfimosaic --help"]),
    "no such command": (["cut"], 2, ["'cut'", "cutout", "wfimosaic --help"]),
    "no such option": (["plan", "{config}", "--core", "2", "--fast"], 2, ["--fast"]),
    "a word is missing": (["cutout", "{mosaic}", "270", "66"], 2, ["SIZE", "wfimosaic cutout --help"]),
    "a position that is none": (["explain", "{mosaic}", "18:00:61", "66"], 2, ["RA", "'18:00:61'", "18h00m00.6s"]),
    "Dec in hours": (["explain", "{mosaic}", "18h00m", "-5h30m"], 2, ["DEC", "'-5h30m'", "-05d30m00s"]),
    "no such mosaic": (["cutout", "no_i2d.asdf", "270", "66", "20"], 1, ["no_i2d.asdf", "no such file"]),
    "a folder": (["explain", "{folder}", "270", "66"], 1, ["is a folder"]),
    "a member": (["explain", "{member}", "270", "66"], 1, ["is no mosaic"]),
    "the wrong sign": (["cutout", "{mosaic}", "270", "-66", "20"], 1, ["outside", "its middle is at RA 27"]),
    "RA and Dec swapped": (["explain", "{mosaic}", "66", "270"], 1, ["declination 270"]),
    "a size of nothing": (["cutout", "{mosaic}", "270", "66", "0"], 1, ["size 0"]),
    "a size without end": (["cutout", "{mosaic}", "270", "66", "inf"], 1, ["size inf"]),
    "another format": (["cutout", "{mosaic}", "270", "66", "9", "-o", "c.jpg"], 1, ["c.jpg", ".fits"]),
    "no config": (["plan", "no.yaml"], 1, ["no.yaml", "No such file"]),
    "an association as config": (["plan", "{association}"], 1, ["asn.json: ", "is no option: this is an association"]),
    "a misspelt option": (["plan", "{misspelt}"], 1, ["resample.pixfrak", "did you mean pixfrac"]),
    "no cores": (["plan", "{config}", "--cores", "0"], 1, ["--cores 0"]),
    "no viewer yet": (["view", "{folder}"], 1, ["snakemake hips"]),
    "no such section": (["options", "resampel"], 1, ["'resampel'", "resample"]),
    "nothing to verify": (["verify", "no_i2d.asdf"], 1, ["no_i2d.asdf", "no such file"]),
    "a folder to verify": (["verify", "{folder}"], 1, ["is a folder"]),
    "RA and Dec in one word": (["explain", "{mosaic}", "270 66", "0"], 2, ["'270 66' is no such angle"]),
    "a section twice": (["plan", "{twice}"], 1, ["twice.yaml: resample stands there twice, again in line 4"]),
    "results in a file": (["plan", "{in_a_file}"], 1, ["asn.json: is a file, no folder for results"]),
    "a file that the config names": (["plan", "{no_skymap}"], 1, ["no.asdf: no such file: check skymap"]),
    "a field like a product": (["plan", "{field}"], 1, ["field: P is the name of a product"]),
    "a pattern for associations": (["plan", "{pattern}"], 1, ["patterns are not expanded, so list all names"]),
    "output to a folder": (["stitch", "-o", "{folder}/a.fits", "{mosaic}"], 1, ["a.fits: is a folder"]),
    "output below a file": (["stitch", "-o", "{config}/a.fits", "{mosaic}"], 1, ["my.yaml is a file, not a folder"]),
    "output forgotten": (["stitch", "-o", "{mosaic}", "{other}"], 1, ["is there already", "choose another name"]),
    "association's name forgotten": (
        ["asn_from_list", "--product-name", "p", "-o", "{member}", "a_cal.asdf"],
        1,
        ["is no name for an association"],
    ),
    "a folder for images": (
        ["asn_from_list", "-o", "a.json", "--product-name", "p", "{folder}"],
        1,
        ["is a folder: name its images", "r*_cal.asdf"],
    ),
    "a pattern without files": (
        ["skycell_asn", "-o", "r", "--skymap", "s.asdf", "no/r*_cal.asdf"],
        1,
        ["no/r*_cal.asdf: there is no such file"],
    ),
    "a name that is no name": (
        ["asn_from_list", "-o", "a.json", "--product-name", "a/b", "a_cal.asdf"],
        1,
        ["a.json: product name 'a/b'"],
    ),
}


@pytest.fixture(scope="module")
def files(finished_product, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "asn.json").write_text(json.dumps({"asn_type": "None", "products": []}))
    (folder / "my.yaml").write_text("associations: [asn.json]\n")
    (folder / "a.fits").mkdir()
    configs = {
        "twice": "resample:\n  pixfrac: 0.5\nresample:\n  kernel: point\n",
        "in_a_file": f"results: {folder}/asn.json/here\n",
        "no_skymap": "skymap: no.asdf\n",
        "field": "field: P\n",
        "pattern": "",
    }
    whole = {"products": [{"name": "P", "members": [{"expname": "a_cal.asdf", "exptype": "science"}]}]}
    (folder / "whole.json").write_text(json.dumps(whole))
    for name, text in configs.items():
        asn = "*.json" if name == "pattern" else "whole.json"
        (folder / f"{name}.yaml").write_text(f"associations: ['{folder}/{asn}']\n{text}")
    (folder / "misspelt.yaml").write_text("associations: [asn.json]\nresample: {pixfrak: 1}\n")
    return {
        "folder": folder,
        "mosaic": finished_product.mosaic,
        "member": finished_product.members[0],
        "association": folder / "asn.json",
        "config": folder / "my.yaml",
        "misspelt": folder / "misspelt.yaml",
        "other": folder / "other_i2d.asdf",
        **{name: folder / f"{name}.yaml" for name in configs},
    }


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(files, capsys, monkeypatch, tmp_path, mistake):
    monkeypatch.chdir(tmp_path)
    words, code, said = MISTAKES[mistake]
    assert ended([word.format(**files) for word in words]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("wfimosaic") and err.count("\n") == 1
    assert all(word in err for word in said), err
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_thought_of_is_one_line_too(files, capsys, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(explain_position, "explain_position", broken)
    assert ended(["explain", files["mosaic"], 270, 66]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "unexpected ZeroDivisionError: division by zero: please report it" in err


def test_ctrl_c_is_no_error(files, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cut_mosaic, "cut_mosaic", interrupted)
    assert ended(["cutout", files["mosaic"], 270, 66, 9]) == 130
    assert capsys.readouterr() == ("", "")


def test_output_that_nobody_reads_on():
    script = f"{Path(sys.executable).parent / 'wfimosaic'} options | head -1"
    done = subprocess.run(script, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_members_that_are_not_there_are_named(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_cal.asdf").touch()
    words = ["asn_from_list", "-o", "asn.json", "--product-name", "p", "a_cal.asdf", "b_cal.asdf,background"]
    assert command.main(words) == 0
    assert capsys.readouterr().err == (
        "wfimosaic: note: b_cal.asdf is not there; the association names it all the same\n"
    )
