"""What a run says at its end."""

import os

import pytest
from wfimosaic.workflow.run_summary import run_summary

START = 1_000_000.0


class Run:
    """Products P and Q whose mosaics are there, and logs of their jobs."""

    def __init__(self, folder):
        self.logs = folder / "logs"
        self.files = {name: folder / f"{name}_i2d.asdf" for name in "PQ"}
        for path in self.files.values():
            path.touch()

    def write_log(self, name, *lines, at=START + 1):
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))
        os.utime(path, (at, at))

    def summary(self):
        return run_summary({name: [str(path)] for name, path in self.files.items()}, str(self.logs), START)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    run.write_log("P/define_grid.log", "2026-11-23 INFO define_grid starts", "2026-11-23 INFO define_grid ends well")
    return run


def test_complete_products_are_counted(run):
    assert run.summary() == "2 of 2 products are complete."


def test_what_was_not_asked_for_is_no_failure(run):
    run.files["Q"].unlink()
    summary = run_summary({name: [str(path)] for name, path in run.files.items()}, str(run.logs), START, True)
    assert summary == "1 of 2 products are complete; the rest was not asked for."


def test_error_is_told_with_its_log_although_an_old_mosaic_is_there(run):
    run.write_log("Q/subtract_sky/m.log", "INFO subtract_sky starts", "2026-11-23 ERROR m_cal.asdf: is broken")
    first, product, words, log = run.summary().splitlines()
    assert (first, product) == ("1 of 2 products are complete.", "Q is not:")
    assert words.strip() == "m_cal.asdf: is broken"
    assert log.endswith("logs/Q/subtract_sky/m.log")


def test_last_line_of_a_traceback_is_told(run):
    run.write_log("Q/resample.log", "2026-11-23 ERROR unexpected error", "Traceback:", "ValueError: no such thing")
    assert "unexpected error: ValueError: no such thing" in run.summary()


@pytest.mark.parametrize("lines", [[], ["2026-11-23 INFO resample starts", "INFO block 1 of 4 done"]])
def test_job_that_was_killed_is_told(run, lines):
    run.write_log("Q/resample.log", *lines)
    assert "1 of 2" in run.summary() and "ended from outside" in run.summary()


def test_jobs_that_never_began_since_another_of_their_group_failed_are_not_told(run):
    run.write_log("Q/define_grid.log", "2026-11-23 ERROR m_cal.asdf: is truncated")
    run.write_log("Q/match_sky.log")
    assert "is truncated" in run.summary() and "ended from outside" not in run.summary()


def test_failures_of_earlier_runs_are_forgotten(run):
    run.write_log("Q/subtract_sky/m.log", "2026-11-23 ERROR m_cal.asdf: is broken", at=START - 1)
    assert run.summary() == "2 of 2 products are complete."


def test_product_whose_jobs_never_began_is_told(run):
    run.files["P"].unlink()
    first, product = run.summary().splitlines()
    assert first == "1 of 2 products are complete."
    assert product.startswith("P is not; none of its jobs wrote why: they never began, or were ended from outside")


def test_failed_job_of_a_field_is_told_once_with_the_products_of_its_member(run):
    run.write_log("survey/flag_outliers/b.log", "2026-11-23 ERROR b_cal.asdf: is truncated")
    files = {name: [str(path)] for name, path in run.files.items()}
    fields = {"survey": {"a": ["P"], "b": ["Q"]}}
    count, words, log, products = run_summary(files, str(run.logs), START, fields=fields).splitlines()
    assert (count, words) == ("1 of 2 products are complete.", "b_cal.asdf: is truncated")
    assert log.endswith("logs/survey/flag_outliers/b.log") and products.strip() == "so these are not: Q"
    # What all members need concerns all products.
    run.write_log("survey/match_sky.log", "2026-11-23 ERROR no disk")
    summary = run_summary(files, str(run.logs), START, fields=fields)
    assert summary.startswith("0 of 2") and "so these are not: P, Q" in summary


def test_member_that_others_of_its_exposure_do_without_is_told_once(run):
    line = "2026-11-23 ERROR e_wfi02_f158 is left out: e_wfi02_f158_cal.asdf: is truncated"
    run.write_log("survey/flag_outliers/e_f158.log", line, "2026-11-23 INFO flag_outliers ends well")
    run.write_log("Q/resample.log", "2026-11-23 ERROR e_wfi02_f158_cal.asdf: is truncated")
    fields = {"survey": {"e_wfi01_f158": ["P"], "e_wfi02_f158": ["Q"]}}
    files = {name: [str(path)] for name, path in run.files.items()}
    count, words, log, products = run_summary(files, str(run.logs), START, fields=fields).splitlines()
    assert (count, words) == ("1 of 2 products are complete.", "e_wfi02_f158_cal.asdf: is truncated")
    assert log.endswith("e_f158.log") and products.strip() == "so these are not: Q"
    # What a whole exposure's job fails with concerns the products of all its members.
    run.write_log("survey/flag_outliers/e_f158.log", "2026-11-23 ERROR no disk")
    assert "so these are not: P, Q" in run_summary(files, str(run.logs), START, fields=fields)


def test_copy_that_failed_is_told_once_with_all_products_that_need_it(run):
    for name in ("a", "b"):
        run.write_log(f"_copies/s3/{name}.log", f"2026-11-23 ERROR s3://{name}: there is no such file")
    run.write_log("_copies/s3/c.log", "2026-11-23 INFO stage_member ends well")
    run.files["P"].unlink()
    needed = {"a": ["P", "Q"], "b": ["Q"], "c": ["P"], "d": ["P"]}
    copies = {f"{run.logs}/_copies/s3/{name}.log": products for name, products in needed.items()}
    files = {name: [str(path)] for name, path in run.files.items()}
    assert run_summary(files, str(run.logs), START, copies=copies).splitlines() == [
        "0 of 2 products are complete.",
        "s3://a: there is no such file",
        f"    log: {run.logs}/_copies/s3/a.log",
        "    so these are not: P, Q",
        "s3://b: there is no such file",
        f"    log: {run.logs}/_copies/s3/b.log",
        "    so these are not: Q",
    ]
