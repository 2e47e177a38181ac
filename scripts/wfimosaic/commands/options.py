"""`wfimosaic options`: list every option with its type, default and meaning."""

import argparse
import textwrap

from ..errors import InputError
from ..workflow.settings import schema

EXAMPLE = "example: wfimosaic options skymatch"


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "options",
        help="list the options of the config",
        description="List every option of the config with its type, default and meaning.",
        epilog=EXAMPLE,
    )
    parser.add_argument(
        "step", metavar="SECTION", nargs="?", help="a single section: flux, skymatch, outlier_detection, resample ..."
    )
    parser.add_argument("--markdown", action="store_true", help="write the table of config/README.md")
    return parser


def run(parsed: argparse.Namespace):
    """Print the list."""
    print(options_markdown() if parsed.markdown else options_text(parsed.step))


def options_text(step=None):
    """Describe the options for a terminal.

    Parameters
    ----------
    step : str, optional
        A single section.

    Returns
    -------
    str
    """
    sections = _sections()
    if step is not None and step not in sections:
        raise InputError(f"{step!r} is no section of the config: there are {', '.join(sections)}")
    lines = []
    for section, (meaning, options) in sections.items():
        if step in (None, section):
            lines += [f"{section}: {meaning}", ""]
            for name, rules in options.items():
                lines.append(f"  {name} ({_allowed(rules)}; default {_default(rules)})")
                lines += textwrap.wrap(rules["description"], 100, initial_indent="      ", subsequent_indent="      ")
            lines.append("")
    return "\n".join(lines).rstrip()


def options_markdown():
    """Describe the options as the tables of config/README.md: str."""
    lines = []
    for section, (meaning, options) in _sections().items():
        lines += [f"## {section}", "", meaning, "", "| option | type | default | meaning |", "|---|---|---|---|"]
        for name, rules in options.items():
            cells = (f"`{name}`", _allowed(rules), f"`{_default(rules)}`", rules["description"])
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip()


def _sections():
    properties = schema()["properties"]
    top = {name: rules for name, rules in properties.items() if "properties" not in rules}
    sections = {"general": ("Options at the top of the file.", top)}
    for name, rules in properties.items():
        if "properties" in rules:
            sections[name] = (rules["description"], rules["properties"])
    return sections


def _allowed(rules):
    if "enum" in rules:
        return " or ".join(map(str, rules["enum"]))
    kinds = rules["type"] if isinstance(rules["type"], list) else [rules["type"]]
    words = [
        {"array": f"list of {rules.get('items', {}).get('type', 'values')}s", "null": "null"}.get(kind, kind)
        for kind in kinds
    ]
    limits = [
        f"{sign} {rules[key]:g}"
        for key, sign in (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="))
        if key in rules
    ]
    return " ".join([" or ".join(words), " and ".join(limits)]).strip()


def _default(rules):
    if "default" not in rules:
        return "required"
    default = rules["default"]
    return (
        {None: "null", True: "true", False: "false"}.get(default, default)
        if not isinstance(default, int | float) or isinstance(default, bool)
        else default
    )
