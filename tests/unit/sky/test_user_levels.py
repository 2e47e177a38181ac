"""user_levels: tables of levels as people write them, and what is wrong with others."""

import pytest
from wfimosaic.errors import InputError
from wfimosaic.sky.user_levels import read_user_levels

from ..synthetic import plane_member

MEMBERS = [plane_member((8, 8), (0, 0), stem=stem) for stem in ("a", "b c")]


@pytest.mark.parametrize(
    "text",
    [
        "a 0.25\nb c 1e-3\n",
        "# levels\n\na_cal.asdf\t0.25  # measured by hand\n  b c_cal.asdf   0.001",
        "b c 0.001\na 0.25\na_cal.asdf 0.25\nother_cal.asdf 7\n",
    ],
)
def test_members_are_found_by_file_or_stem(tmp_path, text):
    (tmp_path / "list.txt").write_text(text)
    assert read_user_levels(str(tmp_path / "list.txt"), MEMBERS) == [0.25, 0.001]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 0.25\n", "b c_cal.asdf has no line: add one such as 'b c 0.25'"),
        ("a 0.25\na 0.5\nb c 1\n", "line 2: a has two levels, 0.25 and 0.5"),
        ("a 0.25\na_cal.asdf 0.5\nb c 1\n", r"a_cal.asdf has levels \[0.25, 0.5\]"),
        ("a\n", "line 1: 'a' is not a file and its sky level"),
        ("a 0.25\nb c much\n", "line 2: 'b c much' is not a file and its sky level"),
        ("a nan\n", "line 1: 'a nan' is not a file"),
        (b"\xff\xfe", "cannot be read as text"),
    ],
)
def test_other_tables_are_refused(tmp_path, text, message):
    path = tmp_path / "list.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=rf"list\.txt: .*{message}") as refused:
        read_user_levels(str(path), MEMBERS)
    assert "\n" not in str(refused.value)
