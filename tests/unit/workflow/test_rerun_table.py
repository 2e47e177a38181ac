"""rerun_table: README says of every option what it reruns."""

from pathlib import Path

from wfimosaic.workflow.rerun_table import rerun_table, rules_rerun

README = Path(__file__).resolve().parents[3] / "README.md"


def test_readme_has_the_table_of_the_schema():
    assert rerun_table() in README.read_text(), "run `make docs`"


def test_what_follows_is_found_through_all_steps():
    rules = rules_rerun(["make_median"])
    assert rules == ["make_median", "compare_exposures", "flag_outliers", "resample", "plot_mosaic"]
    assert rules_rerun(["plot_sky", "resample"]) == ["resample", "plot_mosaic", "plot_sky"]
    assert rules_rerun([]) == []
