"""job: what a rule's script leaves in its log, and the one line that a user sees."""

import ast
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
import wfimosaic
from wfimosaic.workflow.job import job
from wfimosaic.errors import InputError
from wfimosaic.workflow.run_summary import run_summary


@pytest.fixture
def rule(tmp_path):
    """What Snakemake gives to a script; the logging is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield SimpleNamespace(
        rule="make_median",
        log=[str(tmp_path / "logs" / "m.log")],
        output=[str(tmp_path / "m.asdf")],
        resources={"mem_mb": 4000},
    )
    logging.captureWarnings(False)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    for handler in [handler for handler in before if handler not in root.handlers]:
        root.addHandler(handler)
    root.setLevel(level)


def log_of(rule):
    with open(rule.log[0]) as file:
        return file.read()


def test_log_has_progress_and_warnings(rule):
    with job(rule) as j:
        logging.getLogger("wfimosaic.workers").info("member 1 of 2 done")
        warnings.warn("an odd header", stacklevel=1)
        assert j.rule == "make_median"
    text = log_of(rule)
    for words in ("INFO make_median starts", "member 1 of 2 done", "an odd header", "INFO make_median ends well"):
        assert words in text


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_what_a_job_took_is_written_if_it_ends_well(rule, tmp_path, ends):
    class Log(list):
        times = str(tmp_path / "times.tsv")

    rule.log = Log(rule.log)
    if ends == "well":
        with job(rule):
            pass
    else:
        with pytest.raises(SystemExit), job(rule):
            raise InputError("no")
    assert (tmp_path / "times.tsv").exists() == (ends == "well")


@pytest.mark.parametrize("wildcards", [{"product": "P"}, {"product": "P", "exposure": "m"}])
def test_warnings_of_jobs_for_a_whole_product_are_seen(rule, capfd, wildcards):
    rule.wildcards = SimpleNamespace(**wildcards)
    with job(rule):
        log = logging.getLogger("wfimosaic.grid.define_grid")
        log.info("not of interest")
        log.warning("outlier detection is skipped")
        warnings.warn("nor this", stacklevel=1)
    expected = "" if "exposure" in wildcards else "Warning in make_median: outlier detection is skipped\n"
    assert capfd.readouterr().err == expected


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("a_cal.asdf: is\n wrong"), "Error in make_median: a_cal.asdf: is wrong"),
        (MemoryError(), "Error in make_median: memory ran out; the rule asked for 4000 MB"),
        (OSError(12, "Cannot allocate memory"), "Error in make_median: memory ran out; the rule asked for 4000 MB"),
        (
            ImportError("_wcs.abi3.so: failed to map segment from shared object"),
            "Error in make_median: memory ran out; the rule asked for 4000 MB",
        ),
        (ImportError("No module named 'x'"), "Error in make_median: unexpected ImportError: No module named 'x'"),
        (
            OSError(28, "No space left on device", "x.asdf"),
            "Error in make_median: x.asdf: No space left on device: make room",
        ),
        (KeyError("snr"), "Error in make_median: unexpected KeyError: 'snr': please report it with"),
    ],
)
def test_errors_are_one_line_for_the_user_and_all_in_the_log(rule, capsys, error, line):
    with pytest.raises(SystemExit) as ended, job(rule):
        raise error
    assert ended.value.code == 1
    printed = capsys.readouterr().err
    assert printed.startswith(line)
    assert printed.count("\n") == 1
    text = log_of(rule)
    assert "ends well" not in text
    assert ("Traceback" in text) == (not isinstance(error, InputError))


def test_log_that_cannot_be_written_is_an_error_of_one_line(rule, tmp_path, capsys):
    (tmp_path / "logs").write_text("a file, where a folder should be")
    with pytest.raises(SystemExit), job(rule):
        raise AssertionError("nothing runs without a log")
    printed = capsys.readouterr().err
    assert printed.startswith("Error in make_median: ") and "logs: " in printed and printed.count("\n") == 1


def test_import_that_fails_is_named_in_the_log_and_the_summary(tmp_path):
    code = (
        "from types import SimpleNamespace as Namespace; "
        "snakemake = Namespace(rule='make_median', log=['logs/P/make_median.log']); "
        "from wfimosaic.workflow.job import job; import no_such_package"
    )
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error in make_median: No module named 'no_such_package': ")
    summary = run_summary({"P": [str(tmp_path / "P_i2d.asdf")]}, str(tmp_path / "logs"), 0)
    assert "No module named 'no_such_package'" in summary and "make env" in summary and "memory" not in summary


SCRIPTS = Path(wfimosaic.__file__).resolve().parents[1]
ENTRIES = sorted(SCRIPTS.glob("*.py"))


@pytest.mark.parametrize("script", ENTRIES, ids=lambda path: path.stem)
def test_scripts_import_job_first(script):
    imports = [node for node in ast.parse(script.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports[0].module == job.__module__


@pytest.mark.skipif(sys.platform != "linux" or os.cpu_count() == 1, reason="threads are counted in Linux's /proc")
def test_linear_algebra_of_a_job_has_one_thread():
    # flag_outliers multiplies matrices for every member, beside the other jobs of a run.
    lines = [line for line in (SCRIPTS / "flag_outliers.py").read_text().splitlines() if line.startswith("from")]
    code = "\n".join([*lines, "import os", "print(len(os.listdir('/proc/self/task')))"])
    free = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    environment = free | {"PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
