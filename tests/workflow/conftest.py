"""A copy of the workflow to run, and to change, as a user would."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
import yaml
from warm_python import warm_python
from workflow_copy import copy_workflow


class Project:
    """A folder with the workflow, an association and what runs made of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.members = sorted((self.folder / "members").iterdir())
        self.environment = {**os.environ, "PYTHONPATH": str(self.folder / "scripts")}

    @classmethod
    def create(cls, folder, members):
        """Copy the workflow and members to a folder, and associate these: Project."""
        copy_workflow(folder)
        return cls.of_members(folder, members)

    @classmethod
    def of_members(cls, folder, members):
        """Copy members to a folder and associate these: Project."""
        (folder / "members").mkdir(parents=True)
        for path in members:
            shutil.copy2(path, folder / "members")
        project = cls(folder)
        project.associate({"P": project.members})
        return project

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

    def snakemake(self, *words, cores=2, warm=True, **config):
        """Run snakemake with a config, and if not told otherwise on warm_python.py: its exit code and output."""
        (self.folder / "my.yaml").write_text(yaml.safe_dump({"associations": ["asn.json"], **config}))
        python = warm_python() if warm else sys.executable
        command = [python, "-m", "snakemake", "--configfile", "my.yaml", "--cores", str(cores), *words]
        output = self.folder / "output.txt"
        with output.open("w") as file:
            code = subprocess.run(
                command, cwd=self.folder, env=self.environment, stdout=file, stderr=subprocess.STDOUT, check=False
            ).returncode
        return code, output.read_text()

    def run(self, *words, **config):
        """Run snakemake and check that it ends well."""
        code, output = self.snakemake(*words, **config)
        assert code == 0, output[-3000:]
        return output

    def jobs(self, **config):
        """Return the jobs that would run: dict of rule to count."""
        code, output = self.snakemake("--dry-run", **config)
        assert code == 0, output[-3000:]
        table = re.search(r"^job +count\n[- ]+\n(.*?)^total", output, re.DOTALL | re.MULTILINE)
        if table is None:
            assert "Nothing to be done" in output, output[-3000:]
            return {}
        counts = dict(line.split() for line in table[1].strip().splitlines())
        return {rule: int(count) for rule, count in counts.items() if rule != "all"}

    def result(self, name, product="P"):
        """Path of a result."""
        return self.folder / "results" / product / name

    def arrays(self, product="P"):
        """Return the arrays of a mosaic: dict of name to ndarray."""
        with asdf.open(self.result(f"{product}_i2d.asdf", product), memmap=False) as file:
            return {name: np.array(file["roman"][name]) for name in ("data", "err", "weight", "context")}


@pytest.fixture(scope="session")
def new_project(simulated, tmp_path_factory):
    """Make a fresh Project of some of the simulated members, with a copy of the workflow or without."""

    def make(members=None, copied=True):
        create = Project.create if copied else Project.of_members
        return create(tmp_path_factory.mktemp("project") / "here", members or simulated.paths)

    return make


@pytest.fixture(scope="session")
def finished(simulated, tmp_path_factory):
    """A project that has been run once with the defaults; tests leave it as it is."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    original = shared / "finished"
    # The first of pytest's workers runs it, and each has a copy.
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not original.exists():
            made = Project.create(shared / "begun", simulated.paths)
            made.run(warm=False)
            made.folder.rename(original)
    return Project(shutil.copytree(original, tmp_path_factory.mktemp("project") / "here", symlinks=True))


@pytest.fixture
def finished_copy(finished, tmp_path):
    """A copy of it to change."""
    return Project(shutil.copytree(finished.folder, tmp_path / "here", symlinks=True))
