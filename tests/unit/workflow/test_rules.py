"""The rule files: named for the rooms of the package, each of them and each rule says what it does."""

import re
from pathlib import Path

import pytest
import wfimosaic

REPOSITORY = Path(wfimosaic.__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "workflow" / "rules").glob("*.smk"))
ROOMS = {path.parent.name for path in (REPOSITORY / "scripts" / "wfimosaic").glob("*/__init__.py")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_and_rules_say_what_they_do(path):
    text = path.read_text()
    assert text.startswith('"""')
    assert path.stem in ROOMS or not re.search(r"^rule ", text, re.MULTILINE)
    for name, first in re.findall(r"^rule (\w+):\n +(.*)$", text, re.MULTILINE):
        assert re.fullmatch(r'"""[A-Z].*\."""', first), name


def test_every_script_is_one_rules():
    scripts = {path.name for path in (REPOSITORY / "scripts").glob("*.py")}
    used = re.findall(r'"../../scripts/(\w+\.py)"', "\n".join(path.read_text() for path in FILES))
    assert sorted(used) == sorted(scripts)
