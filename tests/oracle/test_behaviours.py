"""The tests that behaviours.md names exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_test_that_is_named_exists():
    rows = re.findall(r"^\| `.*\|([^|]*)\|$", (HERE / "behaviours.md").read_text(), re.MULTILINE)
    files = list(HERE.parent.rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)", "\n".join(path.read_text() for path in files), re.MULTILINE))
    named = {name for row in rows for name in re.findall(r"test_\w+", row)}
    assert len(rows) > 25
    assert named - defined - {path.stem for path in files} == set()
