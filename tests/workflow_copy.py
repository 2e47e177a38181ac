"""Copies of the workflow that tests run, and change."""

import compileall
import functools
import importlib
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


@functools.cache
def compile_all():
    """Compile the package once, that copies of it need not: what numba makes of it takes longer than a small run."""
    compileall.compile_dir(REPOSITORY / "scripts", quiet=1)
    importlib.import_module("wfimosaic.mosaic.resample")


def copy_workflow(folder):
    """Copy what runs the workflow to a folder."""
    compile_all()
    for name in ("workflow", "scripts", "config", "envs"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
