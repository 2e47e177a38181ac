"""make_fields: which members products share, and when they cannot."""

import pytest
from wfimosaic.association.association import Member, Product
from wfimosaic.association.fields import make_fields
from wfimosaic.errors import InputError


def product(name, *members):
    return Product(name, tuple(Member(*member) for member in members), (), f"{name}_asn.json")


A, B, C = ("data/a_cal.asdf", "a"), ("data/b_cal.asdf", "b"), ("data/c_cal.asdf", "c")


def test_members_of_several_products_are_in_a_field_once():
    products = {"P": product("P", A, B), "Q": product("Q", B, C)}
    (field,) = make_fields(products, "survey").values()
    assert field.name == "survey" and list(field.products) == ["P", "Q"]
    assert list(field.members) == ["a", "b", "c"]
    assert field.products_of == {"a": ["P"], "b": ["P", "Q"], "c": ["Q"]}


def test_members_whose_names_differ_in_the_detector_are_worked_on_together():
    stems = [
        "r1_0001_wfi01_f158",
        "r1_0002_wfi01_f158",
        "r1_0001_WFI18_f158",
        "r1_0001_wfi01_f106",
        "wfimage",
        "a_wfi02",
    ]
    products = {"P": product("P", *((f"{stem}_cal.asdf", stem) for stem in stems))}
    (field,) = make_fields(products, "survey").values()
    together = [["r1_0001_wfi01_f158", "r1_0001_WFI18_f158"], ["r1_0002_wfi01_f158"], ["r1_0001_wfi01_f106"]]
    assert list(field.exposures.values()) == [*together, ["wfimage"], ["a_wfi02"]]
    (alone,) = make_fields(products).values()
    assert alone.exposures == {stem: [stem] for stem in stems}


def test_without_a_name_each_product_is_its_own():
    products = {"P": product("P", A, B), "Q": product("Q", ("other/b_cal.asdf", "b"))}
    fields = make_fields(products)
    assert {name: list(field.members) for name, field in fields.items()} == {"P": ["a", "b"], "Q": ["b"]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (("new/b_cal.asdf", "b"), r"member b: the file is data/b_cal\.asdf in P_asn\.json and new/b_cal\.asdf in Q"),
        ((*B, "7"), r"member b: the exposure is None in P_asn\.json and 7 in Q_asn\.json"),
    ],
)
def test_products_that_mean_different_things_by_a_member_are_refused(other, message):
    with pytest.raises(InputError, match=message):
        make_fields({"P": product("P", A, B), "Q": product("Q", other)}, "survey")


@pytest.mark.parametrize(("name", "field"), [("logs", None), ("P", "benchmarks")])
def test_folders_that_every_run_has_are_no_products(name, field):
    with pytest.raises(InputError, match="every run has a folder of this name: choose another"):
        make_fields({name: product(name, A)}, field)


def test_a_field_cannot_have_a_products_name():
    with pytest.raises(InputError, match=r"field: P is the name of a product"):
        make_fields({"P": product("P", A)}, "P")
