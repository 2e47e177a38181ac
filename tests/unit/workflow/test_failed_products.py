"""failed_products: which products of a field a run could not make, by the logs of their jobs."""

import os

import pytest
from wfimosaic.workflow.failed_products import failed_products

PRODUCTS_OF = {"r1_wfi01_f158": ["A"], "r1_wfi02_f158": ["A", "B"], "r2_wfi01_f158": ["C"]}
ERROR = "2027-01-01 00:00:00 ERROR cannot be read\n"


@pytest.fixture
def failed(tmp_path):
    def write(log, text, time=1000):
        path = tmp_path / "logs" / log
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (time, time))
        mosaics = {name: str(tmp_path / f"{name}_i2d.asdf") for name in "ABC"}
        return failed_products(str(tmp_path / "logs"), "survey", mosaics, PRODUCTS_OF)

    return write


@pytest.mark.parametrize(
    ("log", "names"),
    [
        ("B/resample.log", {"B"}),
        ("C/check_members.log", {"C"}),
        ("survey/subtract_sky/r1_f158.log", {"A", "B"}),
        ("survey/flag_outliers/r2_f158.log", {"C"}),
        # Not on the way to a mosaic.
        ("B/plot_mosaic.log", set()),
        ("other/subtract_sky/r1_f158.log", set()),
    ],
)
def test_errors_cost_the_products_of_their_jobs(failed, log, names):
    assert failed(log, ERROR) == names


def test_jobs_that_end_well_or_from_outside_cost_none(failed):
    assert failed("A/resample.log", ERROR + "INFO resample ends well\n") == set()
    assert failed("B/resample.log", "INFO resample starts\n") == set()
    assert failed("C/resample.log", "") == set()


def test_a_mosaic_that_was_made_later_is_there(failed, tmp_path):
    (tmp_path / "A_i2d.asdf").write_text("made")
    os.utime(tmp_path / "A_i2d.asdf", (2000, 2000))
    assert failed("A/make_median.log", ERROR) == set()
    # An older one is not what that run was to make.
    assert failed("A/make_median.log", ERROR, 3000) == {"A"}
