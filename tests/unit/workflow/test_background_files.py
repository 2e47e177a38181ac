"""background_files: who has one, by list and by pattern."""

import pytest
from wfimosaic.errors import InputError
from wfimosaic.workflow.background_files import background_files

STEMS = {"P": ["a", "b"], "Q": ["b", "c"]}


def test_lists_and_patterns(tmp_path):
    for stem in "bc":
        (tmp_path / f"{stem}_sky.asdf").touch()
    b, c = (str(tmp_path / f"{stem}_sky.asdf") for stem in "bc")
    assert background_files(None, STEMS) == {"P": {}, "Q": {}}
    assert background_files({"b": b}, STEMS) == {"P": {"b": b}, "Q": {"b": b}}
    assert background_files(str(tmp_path / "{stem}_sky.asdf"), STEMS) == {"P": {"b": b}, "Q": {"b": b, "c": c}}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"b": "gone.asdf"}, r"gone\.asdf: no such file: check skymatch\.background_images"),
        ({"d": "gone.asdf"}, r"skymatch\.background_images: d is no member"),
        ("gone_{stem}.asdf", r"gone_\{stem\}\.asdf: there is no such file for any member"),
    ],
)
def test_what_is_missing_is_named(option, message):
    with pytest.raises(InputError, match=message):
        background_files(option, STEMS)
