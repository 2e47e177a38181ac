"""A copy of the workflow to run, and to change, as a user would."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


class Project:
    """A folder with the workflow, an association and what runs made of it."""

    def __init__(self, folder, members):
        self.folder = Path(folder)
        for name in ("workflow", "scripts", "config", "envs"):
            shutil.copytree(
                REPOSITORY / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        (self.folder / "members").mkdir()
        self.members = [Path(shutil.copy2(path, self.folder / "members")) for path in members]
        self.associate({"P": self.members})

    def associate(self, products, name="asn.json", **keys):
        """Write an association: product name to list of member files."""
        table = {
            "products": [
                {
                    "name": product,
                    "members": [
                        {"expname": os.path.relpath(path, self.folder), "exptype": "science"} for path in members
                    ],
                }
                for product, members in products.items()
            ],
            **keys,
        }
        (self.folder / name).write_text(json.dumps(table))

    def snakemake(self, *words, cores=2, **config):
        """Run snakemake with a config; return its exit code and output."""
        (self.folder / "my.yaml").write_text(yaml.safe_dump({"associations": ["asn.json"], **config}))
        command = [sys.executable, "-m", "snakemake", "--configfile", "my.yaml", "--cores", str(cores), *words]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "scripts")}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, done.stdout

    def run(self, *words, **config):
        """Run snakemake and check that it ends well."""
        code, output = self.snakemake(*words, **config)
        assert code == 0, output[-3000:]
        return output

    def jobs(self, **config):
        """Return the jobs that would run: dict of rule to count."""
        output = self.run("--dry-run", **config)
        table = re.search(r"^job +count\n[- ]+\n(.*?)^total", output, re.DOTALL | re.MULTILINE)
        if table is None:
            assert "Nothing to be done" in output, output[-3000:]
            return {}
        counts = dict(line.split() for line in table[1].strip().splitlines())
        return {rule: int(count) for rule, count in counts.items() if rule != "all"}

    def result(self, name, product="P"):
        """Path of a result."""
        return self.folder / "results" / product / name


@pytest.fixture(scope="session")
def new_project(simulated, tmp_path_factory):
    """Make a fresh Project of some of the simulated members."""

    def make(members=None):
        return Project(tmp_path_factory.mktemp("project") / "here", members or simulated.paths)

    return make


@pytest.fixture(scope="session")
def finished(new_project):
    """A project that has been run once with the defaults; tests leave it as it is."""
    project = new_project()
    project.run()
    return project
