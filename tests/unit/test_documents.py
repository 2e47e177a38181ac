"""Documents: the places of the code that they name are there."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "scripts" / "wfimosaic"
PAGES = [
    *REPOSITORY.glob("*.md"),
    *(REPOSITORY / "config").glob("*.md"),
    *(REPOSITORY / "workflow" / "docs").glob("*.md"),
    *(REPOSITORY / "tests").glob("*/*.md"),
]
KNOWN = {
    path.name
    for folder in (
        "scripts",
        "workflow/rules",
        "tests/unit",
        "tests/workflow",
        "tests/faults",
        "tests/bench",
        "tests/oracle",
    )
    for kind in ("*.py", "*.smk")
    for path in (REPOSITORY / folder).rglob(kind)
}
# Tests of romancal.
OTHERS = {"behaviours.md": {"test_outlier_detection.py", "test_resample_step.py", "test_skymatch.py"}}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_modules_and_files_that_are_named_exist(page):
    text = page.read_text()
    modules = set(re.findall(r"`wfimosaic\.([a-z_]+(?:\.[a-z_]+)*)", text))
    assert {name for name in modules if not PACKAGE.joinpath(*name.split(".")).with_suffix(".py").is_file()} == set()
    named = set(re.findall(r"`((?:scripts|workflow|tests|config|envs)/[\w./-]+)`", text))
    named = {name for name in named if name == name.lower()}  # RULE and ROOM stand for any
    assert {n for n in named if not (REPOSITORY / n).exists() and not (REPOSITORY / "tests" / n).exists()} == set()
    files = {Path(name).name for name in re.findall(r"`([a-z_./]+\.(?:py|smk))\b", text)}
    assert files - KNOWN <= OTHERS.get(page.name, set())
