"""README.md: its commands are understood as they are pasted, its example in Python runs, its graph is the rules'."""

import itertools
import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread
from snakemake.cli import get_argument_parser
from wfimosaic.commands.command import SUBCOMMANDS, main

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
SHELL = re.findall(r"```bash\n(.*?)```", README, re.S)
COMMANDS = [line.strip() for block in SHELL for line in block.splitlines()]


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.split("\n")[0])
def test_shell_understands_every_block(block):
    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("wfimosaic ")])
def test_commands_have_the_words_that_they_take(line, monkeypatch):
    _, name, *words = shlex.split(line, comments=True)
    (module,) = [module for module in SUBCOMMANDS if module.__name__.endswith(f".{name}")]
    called = []
    monkeypatch.setattr(module, "run", called.append)
    assert main([name, *words]) == 0 and len(called) == 1


RUNS = [line for line in COMMANDS if line.startswith("snakemake ")]


@pytest.mark.parametrize("line", RUNS)
def test_snakemake_takes_targets_for_targets_and_one_file_for_the_config(line):
    words = shlex.split(line, comments=True)[1:]
    parsed = get_argument_parser().parse_args(words)
    assert [str(path) for path in parsed.configfile] == ["my.yaml"]
    assert all(target in ("fits", "png", "hips", "report") for target in parsed.targets or ())
    assert bool(parsed.targets) == (words[0][0] != "-")


def test_there_are_runs_with_and_without_a_target():
    assert {line.split()[1].startswith("-") for line in RUNS} == {True, False}


def test_example_in_python_draws_the_mosaic_with_coordinates(finished_product, tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("Agg")
    names = {}
    exec(code.replace("results/demo_f158/demo_f158_i2d.asdf", finished_product.mosaic), names)
    axes = names["axes"]
    names["model"].close()
    plt.close("all")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Right ascension", "Declination")
    red, green, blue = np.moveaxis(imread(tmp_path / "mosaic.png")[..., :3], -1, 0)
    assert np.count_nonzero((blue > red + 0.1) & (green > red + 0.1)) > 500, "no grid"


def test_graph_is_that_of_the_rules(tmp_path):
    words = [sys.executable, "-m", "snakemake", "--rulegraph", "--cores", "1"]
    dot = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    edges = {(names[one], names[other]) for one, other in re.findall(r"(\d+) -> (\d+)", dot)}
    edges = {(one, other) for one, other in edges if other != "all" and one != "simulate_demo"}
    (graph,) = re.findall(r"```mermaid\nflowchart LR\n(.*?)```", README, re.S)
    chains = [line.strip().split(" --> ") for line in graph.splitlines()]
    drawn = {pair for chain in chains for pair in itertools.pairwise(chain)}
    assert drawn <= edges
    assert _all_that_follows(drawn) == _all_that_follows(edges)


def _all_that_follows(edges):
    while more := {(a, d) for a, b in edges for c, d in edges if b == c} - edges:
        edges = edges | more
    return edges
