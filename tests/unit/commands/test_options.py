"""options: the schema, told in a terminal and in config/README.md."""

from pathlib import Path

import pytest
from wfimosaic.commands.command import main
from wfimosaic.commands.options import options_markdown, options_text
from wfimosaic.errors import InputError
from wfimosaic.workflow.settings import schema

README = Path(__file__).resolve().parents[3] / "config" / "README.md"


def test_readme_says_what_the_schema_says():
    tables = README.read_text().partition("## general")
    assert tables[1] + tables[2].rstrip() == options_markdown(), "run `make docs`"


def test_every_option_is_described():
    text = options_text()
    for name, rules in schema()["properties"].items():
        for option, meaning in rules.get("properties", {name: rules}).items():
            assert f"  {option} (" in text
            assert " ".join(meaning["description"].split())[:30] in " ".join(text.split())


def test_one_section_has_types_and_defaults(capsys):
    assert main(["options", "skymatch"]) == 0
    text = capsys.readouterr().out
    assert "  skymethod (local or global or match or global+match or user; default match)" in text
    assert "  nclip (integer >= 0 and <= 100; default 5)" in text
    assert "  lower (number or null; default null)" in text
    assert "pixfrac" not in text


def test_unknown_section_is_refused(capsys):
    with pytest.raises(InputError, match="'sky' is no section of the config: there are general, flux"):
        options_text("sky")
    assert main(["options", "sky"]) == 1
    assert "is no section" in capsys.readouterr().err


def test_markdown_is_what_the_command_prints(capsys):
    assert main(["options", "--markdown"]) == 0
    assert capsys.readouterr().out.rstrip() == options_markdown()
