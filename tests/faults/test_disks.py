"""Disks that are full or may not be written to, and memory that is too small."""

import os
import re
import shutil
import subprocess

import pytest

from .conftest import Run, arrays_of, told

FULL = "No space left on device"
# Each must fail once for want of room.
RULES = ["match_sky", "subtract_sky", "make_median", "compare_exposures", "flag_outliers", "resample", "plot_mosaic"]
ALONE, IN_FIELD = ["define_grid", "define_mosaic_grid"], ["define_field", "define_field_grids", "list_levels"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    """Write a file that leaves no room: its path."""
    ballast = folder / "ballast"
    room = shutil.disk_usage(folder).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    return ballast


@pytest.mark.parametrize("config", [{}, {"field": "survey"}], ids=["alone", "in a field"])
def test_full_disk_at_each_job(small_disk, members, tmp_path, undisturbed, config):
    jobs = [*RULES, *(len(members) - 1) * ["subtract_sky", "flag_outliers"], *(IN_FIELD if config else ALONE)]
    run = Run(tmp_path / "run")
    results = small_disk / "results"
    run.associate({"P": members}, results=str(results), **config)
    failed = []
    while len(failed) <= len(jobs):
        ballast = fill(small_disk)
        before = {path: path.stat().st_mtime_ns for path in results.glob("*/*.*")}
        code, output = run.run("--cores", "1")
        ballast.unlink()
        if code == 0:
            break
        rule, made = re.search(r"^Error in rule (\w+):.*?^    output: ([^ ,\n]+)", output, re.M | re.S).groups()
        assert told(output, f"Error in {rule}: ", FULL), output[-3000:]
        assert "Traceback" not in output
        failed.append(rule)
        after = {path: path.stat().st_mtime_ns for path in results.glob("*/*.*")}
        assert after.items() <= before.items() and not list(results.glob("*/.*.*"))
        run.finish(made)
    assert sorted(failed) == sorted(jobs)
    run.finish()
    assert arrays_of(results / "P" / "P_i2d.asdf") == undisturbed


def test_results_folder_that_cannot_be_written(small_disk, run, members):
    words = ["mount", "-o", "remount,ro", str(small_disk)]
    results = small_disk / "results"
    run.associate({"P": members}, results=str(results))
    subprocess.run(words, check=True)
    code, output = run.run()
    assert code == 1 and told(output, str(small_disk), "results cannot be written there: set 'results'"), output[-3000:]
    assert "Traceback" not in output
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    run.finish("--until", "define_grid")
    subprocess.run(words, check=True)
    code, output = run.run()
    assert code == 1 and told(output, str(small_disk), "results cannot be written there: set 'results'"), output[-3000:]
    assert "Traceback" not in output


def test_memory_too_small(run, members):
    run.associate({"P": members}, resample={"pixel_scale_ratio": 0.04})
    run.finish("--until", "flag_outliers", "define_mosaic_grid")
    # Only the jobs are limited: bash reads this file before it starts one. 470 MB are taken by imports.
    (run.folder / "limit.sh").write_text("ulimit -v 740000\n")
    code, output = run.run("--cores", "1", before="export BASH_ENV=limit.sh")
    assert code == 1 and "Traceback" not in output
    assert "Error in rule resample" in output and told(output, "resources: ", "mem_mb=")
    # What numpy lacks is an exception; what the linear algebra below it lacks ends the process.
    told_by_us = told(output, "Error in resample: memory ran out; the rule asked for", "MB")
    assert told_by_us or told(output, "ended from outside: for want of memory"), output[-3000:]
    assert not run.mosaic().exists()
    # What was ended so had no time to clear up: the next one does.
    assert not told_by_us or not run.unfinished()
    run.finish()
    assert run.mosaic().exists() and not run.unfinished()
