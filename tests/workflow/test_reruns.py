"""What reruns after a change: the table of the design, row by row."""

import os

import pytest
from wfimosaic.workflow.rerun_table import rules_rerun
from wfimosaic.workflow.rule_costs import PLAIN_RUN
from wfimosaic.workflow.settings import each_option

MEMBERS = 6
PER_MEMBER = ("subtract_sky", "flag_outliers")


def jobs_of(*rules):
    """Jobs of a plain run that run again if these rules do: dict of rule to count."""
    return {rule: MEMBERS if rule in PER_MEMBER else 1 for rule in rules_rerun(rules) if rule in PLAIN_RUN}


def other_values(rules):
    """Values of an option that are not its default."""
    if "examples" in rules:
        return rules["examples"]
    assert rules["type"] == "boolean", "an option that is not true or false needs examples"
    return [not rules["default"]]


OPTIONS = [
    (section, name, value, rules["reruns"])
    for section, name, rules in each_option()
    if name not in ("associations", "results", "field")  # what changes the folders of results
    for value in other_values(rules)
]


@pytest.mark.parametrize(("section", "name", "value", "reruns"), OPTIONS, ids=lambda value: str(value)[:30])
def test_option(finished, section, name, value, reruns):
    if str(value).endswith((".asdf", ".txt")):
        for member in finished.members:
            (finished.folder / value.replace("{stem}", member.name.removesuffix("_cal.asdf"))).touch()
    expected = jobs_of(*reruns) | ({"save_exposures": 1} if name == "save_intermediate_results" else {})
    if value == "romancal":  # the method that compares with the median alone
        del expected["compare_exposures"]
    assert finished.jobs(**({section: {name: value}} if section else {name: value})) == expected


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"results": "results", "resample": {"pixfrac": 1, "kernel": "square"}},
        {"outlier_detection": {"snr": "5 4", "scale": "1.20 0.70", "maskpt": 0.70}},
    ],
)
def test_values_that_are_the_defaults_rerun_nothing(finished, config):
    assert finished.jobs(**config) == {}


def test_bands_are_aligned_with_a_mosaic_that_another_run_made(finished):
    finished.associate({"Q": finished.members[:2]}, name="q.json")
    aligned = {"resample": {"output_wcs": "results/P/P_i2d.asdf"}}
    # Of the products' jobs those of Q alone.
    assert finished.jobs(associations=["q.json"], **aligned)["resample"] == 1
    code, output = finished.snakemake("--dry-run", **aligned)
    assert code == 1 and "results/P/P_i2d.asdf: is a mosaic that this run is to make" in output


def test_order_of_keys_does_not_matter(finished):
    assert finished.jobs(resample={"kernel": "square", "pixfrac": 1.0}) == {}
    assert finished.jobs(resample={"pixfrac": 1.0, "kernel": "square"}) == {}


def test_member_removed_and_order_changed(finished):
    finished.associate({"P": finished.members[:-1]}, "fewer.json")
    grid = jobs_of("define_grid")
    fewer = {rule: count - (rule in PER_MEMBER) for rule, count in grid.items()}
    assert finished.jobs(associations=["fewer.json"]) == fewer
    finished.associate({"P": finished.members[::-1]}, "turned.json")
    assert finished.jobs(associations=["turned.json"]) == grid


def test_comment_in_association(finished):
    finished.associate({"P": finished.members}, "noted.json", constraints="seen by me", asn_pool="a pool")
    changed = finished.jobs(associations=["noted.json"])
    # The mosaic remembers the association's name, and nothing else of it has changed.
    assert changed == jobs_of("resample")


def test_new_version_of_a_member(finished):
    path = finished.members[2]
    content, before = path.read_bytes(), path.stat()
    try:
        path.write_bytes(content + b"\0")
        assert finished.jobs() == jobs_of("define_grid")
    finally:
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CODE = [
    ("outliers/flag_outliers.py", ["flag_outliers"]),
    ("outliers/exposures.py", ["make_median"]),
    ("comparison/votes.py", ["compare_exposures"]),
    ("pictures/plot_mosaic.py", ["plot_mosaic"]),
    ("mosaic/mosaic_block.py", ["resample"]),
    ("sky/match_sky.py", ["match_sky"]),
    ("commands/command.py", []),
]


@pytest.mark.parametrize(("module", "rules"), CODE, ids=[name for name, _ in CODE])
def test_edited_module(finished, module, rules):
    path = finished.folder / "scripts" / "wfimosaic" / module
    code = path.read_text()
    try:
        path.write_text(code + "\n# a comment\n\n\n")
        assert finished.jobs() == {}
        path.write_text(code + "\nEDITED = 1\n")
        assert finished.jobs() == jobs_of(*rules)
    finally:
        path.write_text(code)


def test_touched_script(finished):
    (finished.folder / "scripts" / "match_sky.py").touch()
    assert finished.jobs() == {}
