"""Makefile: the pages and reports that it makes are those of the run that is asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def make(tmp_path):
    """Run make with programs that only print their words: a function that returns these lines."""
    tools = tmp_path / "venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("snakemake", "wfimosaic"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (tools / name).chmod(0o755)
    (tools / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python").chmod(0o755)
    (tmp_path / "venv" / "installed").touch()

    def lines(*words):
        command = ["make", "--silent", *words, f"VENV={tmp_path / 'venv'}"]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "scripts")}
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    return lines


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("text", "folder"),
    [(None, "results"), ("resample: {pixfrac: 0.5}\n", "results"), ("results: far/away\n", "far/away")],
)
def test_view_and_report_are_those_of_the_configs_results(make, tmp_path, text, folder):
    words = []
    if text:
        (tmp_path / "my.yaml").write_text(text)
        words = [f"CONFIG={tmp_path / 'my.yaml'}"]
    configured = "".join(f" --configfile {tmp_path / 'my.yaml'}" for _ in words)
    assert make("view", *words) == [f"snakemake hips --cores all{configured}", f"wfimosaic view {folder}"]
    report = make("report", *words)
    assert report[0] == f"snakemake report --cores all{configured}"
    assert report[1].startswith(f"snakemake report --report {folder}/report.html ")
    assert report[-1].endswith(f" {folder}/report.html")
