"""Associations, configs and members come from elsewhere: what they cannot make the workflow do."""

import ast
import json
from pathlib import Path

import pytest
import wfimosaic
from wfimosaic.association.association import read_association
from wfimosaic.errors import InputError
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.images.image_file import open_image
from wfimosaic.outliers.save_exposures import save_exposures

from .chain import make_product
from .conftest import Run, told

# What would run code, or a shell, that stands in a file.
DANGEROUS = {"pickle", "dill", "shelve", "marshal", "subprocess", "pty", "commands"}
CALLS = {"eval", "exec", "compile", "system", "popen", "unsafe_load", "full_load", "load_all"}

NAMES = [
    "../out",
    "..",
    ".",
    "/out",
    "a/b",
    "a b",
    "ä",
    "{member}",
    "a{b}",
    "$(touch out)",
    "a;touch out",
    "-rf",
    "p" * 300,
    "",
    "a\nb",
]


# Asks scontrol how Slurm is configured.
ASKS_SLURM = ("slurm_status.py",)


def everything_under(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if ".snakemake" not in path.parts}


def test_code_neither_unpickles_nor_runs_a_shell():
    sources = [*Path(wfimosaic.__file__).parent.rglob("*.py"), *Path(wfimosaic.__file__).parents[1].glob("*.py")]
    assert len(sources) > 60
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name.split(".")[0] for alias in node.names} | {getattr(node, "module", None)}
                assert not names & (DANGEROUS - ({"subprocess"} if path.name in ASKS_SLURM else set())), path
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                module = getattr(getattr(node.func, "value", None), "id", "")
                assert name not in CALLS or module == "re", f"{path}:{node.lineno}"
                if module == "subprocess":
                    # Words that stand in the code alone.
                    assert all(isinstance(word, ast.Constant) for word in node.args[0].elts), f"{path}:{node.lineno}"
                assert not any(word.arg in ("allow_pickle", "shell") for word in node.keywords), f"{path}:{node.lineno}"


def test_rules_run_scripts_and_no_shell():
    rules = Path(wfimosaic.__file__).parents[2] / "workflow"
    for path in [rules / "Snakefile", *rules.glob("rules/*.smk")]:
        text = path.read_text()
        assert not any(f"\n    {word}:" in text for word in ("shell", "run", "wrapper", "notebook")), path


@pytest.mark.parametrize("name", NAMES)
def test_names_of_products_and_members_cannot_lead_elsewhere(name, tmp_path):
    good = {"expname": "a_cal.asdf", "exptype": "science"}
    path = tmp_path / "asn.json"
    for product in (
        {"name": name, "members": [good]},
        {"name": "P", "members": [{**good, "expname": f"{name}_cal.asdf"}]}
        if "/" not in name and name not in "."
        else None,
    ):
        if product:
            path.write_text(json.dumps({"products": [product]}))
            with pytest.raises(InputError) as refused:
                read_association(path)
            assert str(refused.value).startswith(f"{path}: ") and "\n" not in str(refused.value)


def test_hostile_names_through_the_command(tmp_path, members):
    run = Run(tmp_path / "run")
    for name in ("../out", "{member}", "$(touch out)"):
        run.associate({name: members})
        code, output = run.run()
        assert code == 1 and told(output, "asn.json: product name", "letters, digits")
    assert everything_under(tmp_path) == {Path("run"), *(Path("run", n) for n in ("asn.json", "my.yaml", "output.txt"))}


def test_odd_folders_of_members_and_results_are_only_folders(tmp_path, members):
    odd = tmp_path / "a b'\"; touch out; $(touch out) ä &"
    odd.mkdir()
    for path in members[:2]:
        (odd / path.name).write_bytes(path.read_bytes())
    run = Run(tmp_path / "run")
    run.associate({"P": [odd / path.name for path in members[:2]]}, results="r 1; touch out; $(touch out)'")
    run.finish()
    assert (run.folder / "r 1; touch out; $(touch out)'" / "P" / "P_i2d.asdf").exists()
    assert not list(tmp_path.rglob("out"))
    assert {path.name for path in odd.iterdir()} == {path.name for path in members[:2]}


def test_config_is_data(tmp_path, members):
    run = Run(tmp_path / "run")
    run.associate({"P": members})
    (run.folder / "my.yaml").write_text("associations: !!python/object/apply:os.system ['touch out']\n")
    code, _ = run.run()
    assert code != 0 and not list(tmp_path.rglob("out"))


def test_members_are_data(tmp_path, members):
    path = tmp_path / "a_cal.asdf"
    content = members[0].read_bytes()
    head, rest = content.split(b"roman:", 1)
    for tag in (b"!!python/object/apply:os.system ['touch out']", b"!core/python/object/apply:os.system ['touch out']"):
        path.write_bytes(head + b"evil: " + tag + b"\nroman:" + rest)
        try:
            with open_image(path):
                pass
        except InputError as error:
            assert "a_cal.asdf" in str(error)
        assert not list(tmp_path.rglob("out")) and not Path("out").exists()


def test_exposure_group_of_a_file_is_no_path(tmp_path, members):
    folder = tmp_path / "results" / "P"
    make_product(folder, members)
    grid = str(folder / "grid.asdf")
    define_grid([(str(path), f"m{k}", f"../../out{k}") for k, path in enumerate(members)], grid)
    matched = [str(folder / f"m{k}_skymatch.asdf") for k in range(len(members))]
    save_exposures(matched, grid, str(folder / "P_exposures.txt"), "ivm", 1.0, "square", 0.7, "~DO_NOT_USE")
    assert not list(tmp_path.glob("out*")) and not list((tmp_path / "results").glob("out*"))
    assert len(list(folder.glob("*_outlier_i2d.asdf"))) == 3
