"""Whatever an association or a config holds: a result, or one line that names what is wrong."""

import copy
import json

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wfimosaic.association.association import missing_members, read_associations
from wfimosaic.errors import InputError
from wfimosaic.workflow.settings import complete, recorded_settings, rule_settings, schema

RULES = [
    "define_grid",
    "define_mosaic_grid",
    "match_sky",
    "subtract_sky",
    "make_median",
    "compare_exposures",
    "flag_outliers",
    "resample",
]
PLENTY = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

words = st.text(max_size=8) | st.sampled_from(
    [
        "a_cal.asdf",
        "../a_cal.asdf",
        "/a",
        "a/{b}_cal.asdf",
        "p",
        "..",
        "science",
        "none",
        "NaN",
        "5 4",
        "~HOT",
        "\ud800",
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400) | words
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


def mostly(strategy):
    """What belongs there, or now and then anything."""
    return st.integers(0, 9).flatmap(lambda n: anything if n == 0 else strategy)


members = st.fixed_dictionaries(
    {"expname": mostly(words), "exptype": mostly(st.just("science"))}, optional={"group_id": anything}
)
products = st.fixed_dictionaries(
    {"name": mostly(st.sampled_from("pqr")), "members": mostly(st.lists(mostly(members), min_size=1, max_size=4))}
)
associations = st.fixed_dictionaries(
    {"products": mostly(st.lists(mostly(products), min_size=1, max_size=3))},
    optional={"target": anything, "skycell_wcs_info": anything | st.just("[" * 5000), "data_release_id": anything},
)


def values_of(rules):
    """Values that an option's schema may take, at its limits, or beyond."""
    limits = [rules[key] for key in ("minimum", "maximum", "exclusiveMinimum") if key in rules]
    near = [value for limit in limits for value in (limit, limit - 1, limit + 1, limit + 1e-9)]
    return st.sampled_from([*rules.get("enum", []), *near, rules.get("default")]) | anything


def sections():
    """Configs with some options set."""
    parts = {
        name: st.fixed_dictionaries({}, optional={key: values_of(o) for key, o in rules["properties"].items()})
        if "properties" in rules
        else values_of(rules)
        for name, rules in schema()["properties"].items()
        if name != "associations"
    }
    return st.fixed_dictionaries({"associations": mostly(st.just(["asn.json"]))}, optional=parts | {"oops": anything})


@PLENTY
@given(table=mostly(associations))
def test_associations(table, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "asn.json"
    path.write_text(json.dumps(table))
    try:
        found = read_associations([str(path)])
        for product in found.values():
            assert "/" not in product.name and product.members
            assert all(member.stem and "/" not in member.stem for member in product.members)
        assert missing_members(found).keys() == found.keys()
    except InputError as error:
        assert len(str(error).splitlines()) == 1
        assert "asn.json" in str(error)


@PLENTY
@given(config=sections())
def test_configs(config):
    given = copy.deepcopy(config)
    try:
        full = complete(config)
    except InputError as error:
        assert str(error).startswith("config: ")
        assert len(str(error).splitlines()) == 1
    else:
        # What a rule is given survives Snakemake's way into its script, and is the same when read again.
        for rule in RULES:
            assert yaml.safe_load(yaml.safe_dump(rule_settings(full, rule))) == rule_settings(full, rule)
        recorded_settings(full)
    assert repr(config) == repr(given)
