"""envs/: what is asked for, what is locked and the conda file agree."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
import wfimosaic
import yaml
from wfimosaic import __version__

ENVS = Path(__file__).resolve().parents[2] / "envs"
# What conda-forge calls them.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(name):
    lines = [line.split("#")[0].strip() for line in (ENVS / name).read_text().splitlines()]
    return {canonical(re.split(r"[ <>=;\[]", line)[0]) for line in lines if line and not line.startswith("-")}


def locked(name):
    """Version of each package; every one has a hash."""
    blocks = (ENVS / name).read_text().replace("\\\n", " ").splitlines()
    blocks = [block for block in blocks if block.strip() and not block.lstrip().startswith("#")]
    assert all("--hash=sha256:" in block for block in blocks)
    return {canonical(block.split("==")[0]): block.split("==")[1].split()[0] for block in blocks}


@pytest.mark.parametrize("name", ["requirements", "cloud", "tests"])
def test_all_that_is_asked_for_is_locked(name):
    assert asked_for(f"{name}.in") <= set(locked(f"{name}.txt"))


def test_reports_of_snakemake_need_nothing_that_only_tests_install():
    needed = {canonical(re.split("[ ;<>=]", line)[0]) for line in requires("snakemake") if 'extra == "reports"' in line}
    assert needed and needed <= asked_for("requirements.in")


@pytest.mark.parametrize(("name", "other"), [("requirements", "tests"), ("requirements", "cloud"), ("cloud", "tests")])
def test_locks_agree(name, other):
    versions, more = locked(f"{name}.txt"), locked(f"{other}.txt")
    assert {name: version for name, version in more.items() if versions.get(name, version) != version} == {}


def test_conda_file_has_the_same_packages_in_the_same_versions():
    listed = yaml.safe_load((ENVS / "mosaic.yaml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in listed if isinstance(entry, dict)]
    pairs = [re.split(r" ?==?", entry) for entry in [*pip, *(e for e in listed if isinstance(e, str))] if "=" in entry]
    found = {canonical(name): version for name, version in pairs if name.split()[0] != "python"}
    versions = locked("requirements.txt")
    expected = {canonical(CONDA_NAMES.get(name, name)): versions[name] for name in asked_for("requirements.in")}
    assert found == expected


def test_conda_file_for_urls_has_the_same_versions():
    listed = yaml.safe_load((ENVS / "cloud.yaml").read_text())["dependencies"]
    found = {canonical(name): version for name, _, version in (entry.partition(" =") for entry in listed) if version}
    versions = locked("requirements.txt") | locked("cloud.txt")
    assert found == {name: versions[name] for name in ("pyyaml", "requests", "snakemake-storage-plugin-s3")}


def test_citation_is_of_this_version():
    citation = yaml.safe_load((ENVS.parent / "CITATION.cff").read_text())
    assert citation["version"] == __version__ and citation["license"] == "BSD-3-Clause"


def test_what_others_read_of_the_repository_is_there():
    (job,) = yaml.safe_load((ENVS.parent / ".github" / "workflows" / "ci.yml").read_text())["jobs"].values()
    assert (ENVS.parent / job["steps"][-1]["run"]).is_file()
    usage = yaml.safe_load((ENVS.parent / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["software-stack-deployment"]["conda"] and usage["report"]
    # The catalogue shows its options, and snakedeploy takes these profiles with it.
    schema = ENVS.parent / "workflow" / "schemas" / "config.schema.yaml"
    assert schema.resolve() == Path(wfimosaic.__file__).with_name("workflow") / schema.name
    assert (ENVS.parent / "profiles" / "default" / "config.yaml").is_file()
