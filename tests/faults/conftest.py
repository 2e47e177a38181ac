"""Small members with checksums, and runs of the workflow that are to be disturbed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
import yaml
from warm_python import warm_python
from wfimosaic.simulation.simulate_members import simulate_members

from .bad_files import add_checksums

REPOSITORY = Path(__file__).resolve().parents[2]
ARRAYS = ("data", "err", "weight", "context", "var_rnoise", "var_poisson")


class Run:
    """A folder that the workflow is run in, the way a user would."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.output = self.folder / "output.txt"

    def associate(self, products, **config):
        """Write an association, product name to list of paths, and a config that names it."""
        table = [
            {"name": name, "members": [{"expname": str(path), "exptype": "science"} for path in paths]}
            for name, paths in products.items()
        ]
        (self.folder / "asn.json").write_text(json.dumps({"products": table}))
        (self.folder / "my.yaml").write_text(yaml.safe_dump({"associations": ["asn.json"], **config}))

    def start(self, *words, before="", output=None, python=sys.executable):
        """Start snakemake, as the leader of a process group: Popen. `before` is shell to run first."""
        snakemake = [python, "-m", "snakemake", "-s", str(REPOSITORY / "workflow" / "Snakefile")]
        command = [*snakemake, "--configfile", "my.yaml", "--cores", "2", *words]
        return subprocess.Popen(
            ["bash", "-c", f'{before}\nexec "$@"', "bash", *command],
            cwd=self.folder,
            stdout=(output or self.output).open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Ctrl-C reaches it even where the tests run in the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *words, before=""):
        """Run snakemake, on warm_python.py unless there is something before it: its exit code and output."""
        python = sys.executable if before else warm_python()
        code = self.start(*words, before=before, python=python).wait(timeout=900)
        return code, self.output.read_text()

    def finish(self, *words):
        """Run snakemake and insist that it ends well: its output."""
        code, output = self.run(*words)
        assert code == 0, output[-3000:]
        return output

    def mosaic(self, product="P"):
        """Path of a mosaic."""
        return self.folder / "results" / product / f"{product}_i2d.asdf"

    def unfinished(self):
        """Files and folders that no reader is meant to see."""
        return [path for path in (self.folder / "results").rglob(".*") if path.name != ".snakemake_timestamp"]


def arrays_of(path):
    """The bytes of a mosaic's arrays: dict."""
    with asdf.open(path) as file:
        return {name: np.array(file["roman"][name]).tobytes() for name in ARRAYS}


def told(output, *words):
    """Whether a line of an output has all words."""
    return any(all(word in line for word in words) for line in output.splitlines())


@pytest.fixture(scope="session")
def members(tmp_path_factory):
    """Three dithered exposures of one small detector, with the checksums that real files have."""
    folder = tmp_path_factory.mktemp("members")
    paths = [folder / f"r0000101001001001001_{k:04d}_wfi01_f158_cal.asdf" for k in (1, 2, 3)]
    simulate_members([str(path) for path in paths], shape=(96, 96))
    for path in paths:
        add_checksums(path)
    return paths


@pytest.fixture
def run(tmp_path, members):
    """A run of all members that has not begun."""
    new = Run(tmp_path / "run")
    new.associate({"P": members})
    return new


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, members):
    """The arrays of the mosaic of all members, from a run that nothing disturbed."""
    calm = Run(tmp_path_factory.mktemp("calm"))
    calm.associate({"P": members})
    calm.finish()
    return arrays_of(calm.mosaic())
