"""The workflow where it is no clone: a wheel, snakedeploy and modules; and a clone beside an installed package."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import numpy as np
import pytest
from warm_python import warm_python
from wfimosaic import __version__

REPOSITORY = Path(__file__).resolve().parents[2]
ADDRESS = "https://github.com/somebody/wfimosaic"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def run(*words, **settings):
    """Run a command that must end well: what it prints."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """What the repository has of the workflow and the package, without what was built or run in it."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("workflow", "scripts", "config", "envs", "profiles"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(REPOSITORY / name, folder / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """The wheel of the package."""
    source = shutil.copytree(repository, tmp_path_factory.mktemp("build") / "source", symlinks=True)
    # What pip does, in less time.
    run(sys.executable, "-c", "import setuptools.build_meta as build; build.build_wheel('..')", cwd=source)
    (path,) = source.parent.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """Environment variables with which Python has the wheel's package, and knows nothing of the repository's."""
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    known = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GIT_"))}
    return known | {"PYTHONPATH": str(site)}


@pytest.fixture(scope="module")
def hosted(repository, environment, tmp_path_factory):
    """Environment variables with which git finds the repository, with two tags, at an address on the web."""
    folder = tmp_path_factory.mktemp("hosted")
    person = "[user]\n name = somebody\n email = somebody@example.com\n"
    (folder / "gitconfig").write_text(f'[url "file://{repository}"]\n insteadOf = {ADDRESS}\n{person}')
    variables = environment | {
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "XDG_CACHE_HOME": str(folder),
    }

    def git(*words):
        run("git", *words, cwd=repository, env=variables)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "The workflow")
    git("tag", f"v{__version__}")
    version = repository / "scripts" / "wfimosaic" / "__init__.py"
    version.write_text(version.read_text().replace(__version__, "99.1"))
    git("commit", "--quiet", "--all", "--message", "Another version")
    git("tag", "v99.1")
    return variables


@pytest.fixture
def deployed(new_project, simulated, tmp_path):
    """Make a project without the workflow, or with a Snakefile that has it as a module."""

    def make(environment, snakefile=None, members=simulated.paths[:1]):
        project = new_project(members, copied=False)
        project.environment = environment
        if snakefile:
            (project.folder / "workflow").mkdir()
            (project.folder / "workflow" / "Snakefile").write_text(
                f"module mosaics:\n    snakefile: {snakefile}\n    config: config\n\nuse rule * from mosaics\n"
            )
        return project

    return make


def test_wheel_has_the_package_and_nothing_else(wheel):
    package = REPOSITORY / "scripts" / "wfimosaic"
    files = {path.relative_to(package.parent).as_posix() for path in package.rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = message_from_bytes(archive.read(f"wfimosaic-{__version__}.dist-info/METADATA"))
    assert {name for name in names if ".dist-info/" not in name} == {f for f in files if "__pycache__" not in f}
    wanted = [line.split("#")[0].strip() for line in (REPOSITORY / "envs" / "requirements.in").read_text().splitlines()]
    assert set(metadata.get_all("Requires-Dist")) == set(filter(None, wanted))
    assert {Path(name).parent.parent.name for name in metadata.get_all("License-File")} >= {"page"}


def test_commands_of_the_wheel(wheel, environment, simulated, tmp_path):
    python = [sys.executable, "-c"]
    assert str(REPOSITORY) not in run(*python, "import wfimosaic as w; print(w)", cwd=tmp_path, env=environment)
    with zipfile.ZipFile(wheel) as archive:
        entry = archive.read(f"wfimosaic-{__version__}.dist-info/entry_points.txt").decode()
    assert "wfimosaic = wfimosaic.commands.command:main" in entry

    def wfimosaic(*words):
        code = f"import sys; from wfimosaic.commands.command import main; sys.exit(main({[*words]}))"
        return run(*python, code, cwd=tmp_path, env=environment)

    assert "binwidth (number >= 0.01; default 0.1)" in wfimosaic("options", "skymatch")
    wfimosaic("asn_from_list", "-o", "asn.json", "--product-name", "P", *simulated.paths[:2])
    assert len(json.loads((tmp_path / "asn.json").read_text())["products"][0]["members"]) == 2


@needs_git
@pytest.mark.skipif(importlib.util.find_spec("snakedeploy") is None, reason="snakedeploy is not installed")
def test_snakedeploy_makes_a_project_that_goes_on_where_a_clone_ended(hosted, finished_copy):
    project, expected = finished_copy, finished_copy.arrays()
    for name in ("workflow", "scripts", "config", "envs"):
        shutil.rmtree(project.folder / name)
    code = "import sys; from snakedeploy.client import main; sys.exit(main())"
    words = ["deploy-workflow", ADDRESS, ".", "--tag", f"v{__version__}"]
    run(sys.executable, "-c", code, *words, cwd=project.folder, env=hosted)
    assert not (project.folder / "scripts").exists()
    project.environment = hosted
    output = project.run("--forcerun", "resample", warm=False)
    # It has the default profile and the same code: nothing but the mosaic and its picture is made again.
    assert "profiles/default" in output and re.search(r"^total +3$", output, re.MULTILINE)
    for name, array in project.arrays().items():
        np.testing.assert_array_equal(array, expected[name])
    # Its config makes the demo.
    demo = run(sys.executable, "-m", "snakemake", "--cores", "2", "--dry-run", cwd=project.folder, env=hosted)
    assert "simulate_demo" in demo and "results/demo_f158/demo_f158_i2d.png" in demo


@needs_git
@pytest.mark.parametrize("kind", ["github", "gitfile"])
def test_another_version_of_the_package_is_refused_with_what_installs_the_right_one(deployed, hosted, repository, kind):
    place, at = {
        "github": ("somebody/wfimosaic", "https://github.com/somebody/wfimosaic"),
        "gitfile": (repository, f"file://{repository}"),
    }[kind]
    source = f'{kind}("{place}", path="workflow/Snakefile", tag="v99.1")'
    project = deployed(hosted, source)
    code, output = project.snakemake("--dry-run")
    assert code != 0 and "Traceback" not in output
    (line,) = [line for line in output.splitlines() if "wfimosaic 99.1" in line]
    assert f"and version {__version__} is installed: {warm_python()} -m pip install git+{at}@v99.1" in line


@needs_git
def test_missing_package_is_said(deployed, hosted, tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "wfimosaic.py").write_text("raise ImportError('not installed')\n")
    source = f'github("somebody/wfimosaic", path="workflow/Snakefile", tag="v{__version__}")'
    project = deployed(hosted | {"PYTHONPATH": str(tmp_path / "none")}, source)
    code, output = project.snakemake("--dry-run")
    assert code != 0 and "Traceback" not in output
    (line,) = [line for line in output.splitlines() if "and no version is installed" in line]
    assert f"wfimosaic {__version__}" in line and line.endswith(f"git+{ADDRESS}@v{__version__}")


def test_jobs_of_a_clone_run_its_own_code_though_another_is_installed(new_project, simulated, tmp_path):
    project = new_project(simulated.paths[:1])
    project.environment["PYTHONPATH"] = str(tmp_path)
    (tmp_path / "wfimosaic").mkdir()
    (tmp_path / "wfimosaic" / "__init__.py").write_text("raise RuntimeError('not this one')\n")
    code = "from wfimosaic import errors\nopen(snakemake.output.grid, 'w').write(errors.__file__)\n"
    (project.folder / "scripts" / "define_grid.py").write_text(code)
    project.run("--until", "define_grid", warm=False)
    assert project.result("P_outlier_grid.asdf").read_text().startswith(str(project.folder / "scripts"))


@needs_git
def test_module_as_the_documentation_writes_it(hosted, deployed, simulated):
    (code,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "config" / "README.md").read_text(), re.DOTALL)
    project = deployed(hosted, members=simulated.paths[:2])
    (project.folder / "Snakefile").write_text(code.replace("OWNER", "somebody"))
    output = project.snakemake("--dry-run", mosaics={"associations": ["asn.json"]})[1]
    assert re.search(r"^catalogue +1$", output, re.MULTILINE) and re.search(r"^subtract_sky +2$", output, re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "config/README.md"])
def test_documents_name_this_version(page):
    text = (REPOSITORY / page).read_text()
    assert set(re.findall(r"(?:@|--tag |tag=\")v([0-9.]+)", text)) == {__version__}


def test_clone_is_a_module_of_another_workflow(new_project, deployed, simulated):
    clone = new_project(simulated.paths[:1])
    source = f'"{clone.folder / "workflow" / "Snakefile"}"\n    prefix: "deep"'
    project = deployed(dict(os.environ), source, simulated.paths[:2])
    # Snakemake puts the prefix before every other path.
    association = project.folder / "asn.json"
    association.write_text(association.read_text().replace("members/", f"{project.folder}/members/"))
    code, output = project.snakemake("--dry-run")
    assert code == 0, output
    assert "deep/results/P/P_i2d.png" in output and re.search(r"^subtract_sky +2$", output, re.MULTILINE)
