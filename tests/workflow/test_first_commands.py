"""The commands of the README's first screen."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def command(*words, cwd):
    done = subprocess.run(
        [Path(sys.executable).parent / "wfimosaic", *words], cwd=cwd, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_plain_snakemake_makes_the_demo(new_project, simulated, tmp_path):
    for name in ("workflow", "scripts", "config", "envs"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    words = [sys.executable, "-m", "snakemake", "--cores", "2", "--dry-run"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "simulate_demo" in done.stdout and "results/demo_f158/demo_f158_i2d.png" in done.stdout


def test_asn_from_list_makes_what_the_workflow_takes(new_project, simulated):
    project = new_project(simulated.paths[:2])
    names = [str(path.relative_to(project.folder)) for path in project.members]
    code, out, err = command(
        "asn_from_list", "-o", "made.json", "--product-name", "M", "--target", "somewhere", *names, cwd=project.folder
    )
    assert (code, err) == (0, "") and "made.json" in out
    table = json.loads((project.folder / "made.json").read_text())
    assert table["target"] == "somewhere" and table["asn_rule"] == "DMS_ELPP_Base"
    assert [member["expname"] for member in table["products"][0]["members"]] == names
    assert project.jobs(associations=["made.json"])["subtract_sky"] == 2


def test_workflow_runs_from_another_folder(new_project, simulated, tmp_path):
    project = new_project(simulated.paths[:2])
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    # Beside the config, not in the folder of the workflow.
    (tmp_path / "here" / "my.yaml").write_text(f"associations: [{project.folder / 'asn.json'}]\n")
    words = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--snakefile",
        project.folder / "workflow" / "Snakefile",
    ]
    words += ["--configfile", "my.yaml", "--directory", tmp_path / "there"]
    # Such as --config hands it over, beside sections without options.
    words += ["--dry-run", "--config", "resample={pixfrac: 0.5}", "flux={}"]
    done = subprocess.run(words, cwd=tmp_path / "here", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "results/P/P_i2d.png" in done.stdout and re.search(r"^subtract_sky +2$", done.stdout, re.M)


def test_options(tmp_path):
    code, out, _ = command("options", "skymatch", cwd=tmp_path)
    assert code == 0 and "binwidth (number >= 0.01; default 0.1)" in out and "pixfrac" not in out
    code, out, err = command("options", "skymtch", cwd=tmp_path)
    assert code == 1 and out == "" and "skymatch" in err and err.count("\n") == 1
