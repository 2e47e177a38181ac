"""Projects that run on a real Slurm as a user would run them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import asdf
import numpy as np
import pytest
import yaml
from workflow_copy import copy_workflow

from . import slurm
from .memory_watch import MemoryWatch

PROFILE = Path("workflow/profiles/slurm")
# Products of the survey: `make test-products` sets fifty.
COUNT = int(os.environ.get("PRODUCTS", "6"))
GOOD = [f"P{number:02d}" for number in range(1, COUNT)]
ARRAYS = ("data", "err", "weight", "context", "var_rnoise", "var_poisson")


@pytest.fixture(scope="session", autouse=True)
def cluster():
    """A running Slurm, stopped again whatever happens: what watches the memory of its jobs."""
    reason = slurm.why_not()
    if reason:
        pytest.skip(f"no Slurm on this machine: {reason}")
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))
    memory = MemoryWatch()
    try:
        slurm.control("start")
        memory.start()
        yield memory
        memory.stop()
    finally:
        slurm.control("stop")


class Project:
    """A copy of the workflow with account and partition filled in, and what was run there."""

    def __init__(self, folder, memory):
        self.folder, self.memory = Path(folder), memory
        self.start_time, self.process = time.time(), None
        copy_workflow(self.folder)
        profile = self.folder / PROFILE / "config.yaml"
        text = profile.read_text()
        filled = text.replace("my_account", slurm.ACCOUNT).replace("my_partition", slurm.PARTITION)
        assert sum(a != b for a, b in zip(text.splitlines(), filled.splitlines(), strict=True)) == 2
        profile.write_text(filled)

    def configure(self, **config):
        """Write the user's configuration."""
        (self.folder / "my.yaml").write_text(yaml.safe_dump(config))

    def associate(self, product, members):
        """Write an association of one product: its file's name."""
        table = [{"expname": os.path.relpath(path, self.folder), "exptype": "science"} for path in members]
        path = self.folder / f"{product}.json"
        path.write_text(json.dumps({"products": [{"name": product, "members": table}]}))
        return path.name

    def start(self, *words, profile=PROFILE):
        """Start the command of cluster.md, or without a profile the same on two cores of this machine: a Popen."""
        where = ["--profile", str(profile)] if profile else ["--cores", "2"]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "scripts")}
        with (self.folder / "output.txt").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", *words, *where, "--configfile", "my.yaml"],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def wait(self, minutes=15):
        """Wait for the command's end, but not longer than that: exit code and output."""
        try:
            return self.process.wait(60 * minutes), self.output()
        except subprocess.TimeoutExpired:
            self.process.kill()
            pytest.fail(f"snakemake had not ended after {minutes} minutes; its last words:\n{self.output()[-3000:]}")

    def run(self, *words, **options):
        """Run the command to its end: exit code and output."""
        self.start(*words, **options)
        return self.wait()

    def output(self):
        """What the last command has said so far."""
        return (self.folder / "output.txt").read_text()

    def result(self, product, ending):
        """Path of a product's file."""
        return self.folder / "results" / product / f"{product}{ending}"

    def mosaic(self, product):
        """A mosaic's arrays: dict of str to ndarray."""
        with asdf.open(self.result(product, "_i2d.asdf")) as file:
            return {name: np.array(file["roman"][name]) for name in ARRAYS}

    def jobs(self):
        """The Slurm jobs of all runs, with the most memory that was seen."""
        found, peaks = slurm.jobs(self.folder, self.start_time), self.memory.peaks
        return [job._replace(used=max(job.used or 0, peaks.get(job.id, 0))) for job in found]


def assert_same_mosaic(one, other):
    """Compare two mosaics array by array, bit by bit."""
    for name in ARRAYS:
        assert one[name].tobytes() == other[name].tobytes(), name


@pytest.fixture(scope="session")
def new_project(tmp_path_factory, cluster):
    """Make projects; what still runs there at the end is killed."""
    projects = []

    def new(name):
        projects.append(Project(tmp_path_factory.mktemp(name) / "here", cluster))
        return projects[-1]

    yield new
    for process in [project.process for project in projects if project.process]:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def few(simulated):
    """Three tiny images of one detector."""
    return simulated.paths[::2]


@pytest.fixture(scope="session")
def local_mosaic(few, new_project):
    """The mosaic of the three images, made without a cluster."""
    project = new_project("local")
    project.configure(associations=[project.associate("P", few)])
    code, output = project.run(profile=None)
    assert code == 0, output[-3000:]
    return project.mosaic("P")


@pytest.fixture(scope="session")
def survey(few, new_project):
    """Many products, one of which cannot be made, on Slurm: the project, whose run has begun."""
    project = new_project("survey")
    broken = project.folder / "broken_cal.asdf"
    shutil.copy(few[0], broken)
    with broken.open("r+b") as file:
        file.truncate(broken.stat().st_size // 2)
    associations = [project.associate(name, few) for name in GOOD]
    project.configure(associations=[*associations, project.associate("BAD", [*few, broken])])
    project.start()
    return project
