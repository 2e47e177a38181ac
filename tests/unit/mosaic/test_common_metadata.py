"""common_metadata: what is true of all members, and what was grouped."""

import pytest
from wfimosaic.mosaic.common_metadata import LEVELS, common_metadata

FIRST = {"program": 1, "execution_plan": 2, "pass": 3, "segment": 1, "observation": 1, "visit": 4, "exposure": 1}


def rolled_up(*observations, release="p"):
    return common_metadata([{"observation": FIRST | changes} for changes in observations], release)


GROUPINGS = [
    (None, "p_visit_coadd", "v02003001001004"),
    ("exposure", "p_visit_coadd", "v02003001001004"),
    ("visit", "p_pass_coadd", "p02003"),
    ("observation", "p_pass_coadd", "p02003"),
    ("segment", "p_pass_coadd", "p02003"),
    ("pass", "p_full_coadd", "full"),
    ("execution_plan", "p_full_coadd", "full"),
    ("program", "p_user_coadd", "user"),
]


@pytest.mark.parametrize("other", [7, None, -999999])
@pytest.mark.parametrize(("level", "product_type", "group"), GROUPINGS)
def test_below_the_first_level_that_differs_nothing_is_common(level, product_type, group, other):
    common = rolled_up({}, {level: other} if level else {})
    place = LEVELS.index(level) if level else len(LEVELS)
    expected = {key: FIRST[key] if k < place else None for k, key in enumerate(LEVELS)}
    assert common["observation"] == {**expected, "exposure_grouping": group}
    assert common["product_type"] == product_type


def test_what_nobody_knows_is_not_common():
    common = rolled_up({"pass": -999999}, {"pass": -999999})
    assert common["observation"]["pass"] is None and common["observation"]["visit"] is None
    assert common["product_type"] == "p_full_coadd"


def test_product_of_a_data_release():
    assert rolled_up({}, {}, release="r1")["product_type"] == "r_visit_coadd"


def test_other_groups_are_taken_value_by_value():
    members = [{"program": {"title": title, "category": "CCS"}, "cal_step": {"flux": "COMPLETE"}} for title in "ab"]
    common = common_metadata(members, "p")
    assert (common["program"]["title"], common["program"]["category"]) == (None, "CCS")
    assert (common["cal_step"]["flux"], common["cal_step"]["skymatch"]) == ("COMPLETE", "INCOMPLETE")
