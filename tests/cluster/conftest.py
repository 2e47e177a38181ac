"""Projects that run on a real Slurm as a user would run them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
import yaml

from . import slurm

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILE = Path("workflow/profiles/slurm")
ARRAYS = ("data", "err", "weight", "context", "var_rnoise", "var_poisson")


@pytest.fixture(scope="session", autouse=True)
def cluster():
    """A running Slurm, stopped again whatever happens."""
    reason = slurm.why_not()
    if reason:
        pytest.skip(f"no Slurm on this machine: {reason}")
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))
    try:
        slurm.control("start")
        yield
    finally:
        slurm.control("stop")


class Project:
    """A copy of the workflow with account and partition filled in, and what was run there."""

    def __init__(self, folder, **config):
        self.folder = Path(folder)
        for name in ("workflow", "scripts", "config", "envs"):
            shutil.copytree(REPOSITORY / name, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        profile = self.folder / PROFILE / "config.yaml"
        text = profile.read_text()
        filled = text.replace("my_account", slurm.ACCOUNT).replace("my_partition", slurm.PARTITION)
        assert sum(a != b for a, b in zip(text.splitlines(), filled.splitlines(), strict=True)) == 2
        profile.write_text(filled)
        self.configure(**config)

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
            return subprocess.Popen(
                [sys.executable, "-m", "snakemake", *where, "--configfile", "my.yaml", *words],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def run(self, *words, **options):
        """Run the command to its end: exit code and output."""
        process = self.start(*words, **options)
        try:
            return process.wait(), self.output()
        finally:
            process.kill()

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

    def forget(self, products):
        """Remove the products' medians and all that follows from them."""
        for product in products:
            for pattern in ("*_median.asdf", "*_outlier_detection.asdf", "*_i2d.*"):
                for path in (self.folder / "results" / product).glob(pattern):
                    path.unlink()

    def jobs(self):
        """The Slurm jobs of all runs."""
        return slurm.jobs(self.folder)


def assert_same_mosaic(one, other):
    """Compare two mosaics array by array, bit by bit."""
    for name in ARRAYS:
        assert one[name].tobytes() == other[name].tobytes(), name


@pytest.fixture(scope="session")
def few(simulated):
    """Three tiny images of one detector."""
    return simulated.paths[::2]


@pytest.fixture(scope="session")
def local_mosaic(few, tmp_path_factory):
    """The mosaic of the three images, made without a cluster."""
    project = Project(tmp_path_factory.mktemp("local") / "here")
    project.configure(associations=[project.associate("P", few)])
    code, output = project.run(profile=None)
    assert code == 0, output[-3000:]
    return project.mosaic("P")
