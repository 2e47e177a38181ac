"""Run romancal and the workflow's steps on every case, once, and print what was measured at the end."""

import json
import os
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from wfimosaic.grid.grid import read_grid
from wfimosaic.workflow import job  # noqa: F401  one thread for each process, set before numpy starts

from .cases import CASES
from .comparison import Comparison
from .input_sets import SKYCELL, copy_in_float32, simulate_set
from .products import read_products
from .run_steps import run_steps

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("ORACLE_PYTHON", REPOSITORY / ".venv-oracle" / "bin" / "python"))
FIGURES = pytest.StashKey[dict]()


class Romancal:
    """Jobs for romancal, in one process of its own environment, see run_romancal.py."""

    def __init__(self, jobs, folder, skymap):
        folder.mkdir()
        (folder / "jobs.json").write_text(json.dumps(jobs))
        self._log = open(folder / "log.txt", "w")  # noqa: SIM115  open as long as the process runs
        self._process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("run_romancal.py"), folder / "jobs.json", skymap],
            cwd=folder,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )

    def wait_for(self, folder):
        """Wait for the end of all jobs and give the folder of one, if that went well."""
        assert self._process.wait() == 0, f"romancal ended with an error, see {self._log.name}"
        failure = Path(folder) / "error.txt"
        assert not failure.exists(), failure.read_text()
        return folder

    def stop(self):
        """End the process, if it still runs."""
        self._process.terminate()
        self._process.wait()
        self._log.close()


@pytest.fixture(scope="session")
def skymap(shared):
    """A piece of the sky tessellation: Path."""
    return shared / "data" / "skymap_subset.asdf"


@pytest.fixture(scope="session")
def start_romancal(tmp_path_factory, skymap):
    """Start jobs in romancal's environment: a function of a list of jobs that gives a Romancal."""
    if not PYTHON.exists():
        pytest.skip(f"romancal's environment is missing ({PYTHON}): make oracle builds it")
    started = []

    def start(jobs):
        started.append(Romancal(jobs, tmp_path_factory.mktemp("romancal") / "run", skymap))
        return started[-1]

    yield start
    for romancal in started:
        romancal.stop()


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    """A folder for images and results that is removed at the end."""
    folder = tmp_path_factory.mktemp("oracle")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def associations(work, shared):
    """The associations of all sets of images: dict of name to path."""
    real = shared / "data" / "romanisim_f158"
    return {
        "romanisim_f158": real / "mosaic_asn.json",
        "romanisim_float32": copy_in_float32(sorted(real.glob("*_cal.asdf")), work / "romanisim_float32"),
        "two_detectors_float32": simulate_set(work / "two_detectors_float32", "float32"),
        "two_detectors_float16": simulate_set(work / "two_detectors_float16", "float16"),
        "skycell_float32": simulate_set(work / "skycell_float32", "float32", **SKYCELL),
    }


@pytest.fixture(scope="session")
def ours(work, associations, skymap, start_romancal):
    """Our results: dict of case name to a future, whose result is the folder."""
    with ProcessPoolExecutor(1) as pool:
        yield {
            case.name: pool.submit(
                run_steps,
                associations[case.images],
                {**case.settings, "skymap": str(skymap)},
                work / "ours" / case.name,
            )
            for case in CASES
        }
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def theirs(work, associations, start_romancal):
    """romancal's results: a function that gives the folder of a case by its name, when all are done."""
    jobs = [
        {
            "kind": "mosaic",
            "input": str(associations[case.images]),
            "folder": str(work / "romancal" / case.name),
            "settings": case.settings,
        }
        for case in CASES
    ]
    romancal = start_romancal(jobs)
    return lambda name: romancal.wait_for(work / "romancal" / name)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request):
    """One case after the other."""
    return request.param


@pytest.fixture(scope="module")
def compared(request, case, ours, theirs):
    """Both sides' results of a case: Comparison."""
    folder = ours[case.name].result()
    (grid,) = folder.glob("*_mosaic_grid.asdf")
    comparison = Comparison(case, read_products(folder), read_products(theirs(case.name)), read_grid(grid))
    yield comparison
    report(request.config, comparison)


def report(config, comparison):
    """Keep a case's figures for the table at the end."""
    c = comparison
    quantile, limit = ("99.9 %", 0.999) if c.case.half_precision else ("99.99 %", 0.9999)
    config.stash.setdefault(FIGURES, {})[c.case.name] = {
        "sky": f"{c.sky:.1e}{' noise' if 'match' in c.case.sky_method else ''}",
        "outliers": f"{100 * c.common_flags[0]:.3f} {100 * c.common_flags[1]:.3f} %",
        "place [px]": f"{c.offset:.0e}",
        "data [err]": f"{c.deviation_of(limit):.4f} for {quantile}",
        "> 0.5 (unexplained)": "{} ({})".format(*c.far_off),
        **{name: f"{c.ratio_of(name, 0.999):.0e}" for name in ("weight", "var_rnoise", "var_poisson", "err")},
        "context": f"{c.context:.0e}",
        "footprint": f"{c.footprint:.0e}",
    }


def pytest_terminal_summary(terminalreporter, config):
    """Print the figures of all cases."""
    figures = config.stash.get(FIGURES, {})
    if not figures:
        return
    rows = [["case", *next(iter(figures.values()))], *([name, *row.values()] for name, row in figures.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("ours against romancal")
    for row in rows:
        terminalreporter.line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
