"""Write tables as an HTML page that needs nothing else."""

from html import escape

from ..files.atomic_write import atomic_write

STYLE = """
body { font: 13px/1.4 system-ui, sans-serif; margin: 1.2em; color: #222; }
h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; }
th { position: sticky; top: 0; background: #eef2f7; text-align: left; }
th, td { padding: 0.25em 0.6em; border-bottom: 1px solid #ddd; vertical-align: top; }
th { vertical-align: bottom; } th.number { text-align: right; }
td { overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.marked td { background: #fff4d6; }
"""


def write_page(path, title, sections):
    """Write a page.

    Parameters
    ----------
    path : str
    title : str
    sections : list of (str, str)
        Heading and HTML.
    """
    body = "".join(f"<h2>{escape(heading)}</h2>\n{content}\n" for heading, content in sections)
    with atomic_write(path) as part:
        part.write_text(
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}</body></html>\n"
        )


def table(header, rows, marked=()):
    """Make a table.

    Parameters
    ----------
    header : list of str
    rows : list of list
        Numbers are set to the right; None is a number that is not there.
    marked : collection of int
        Rows to be coloured.

    Returns
    -------
    str
        HTML.
    """
    first = rows[0] if rows else [""] * len(header)
    head = "".join(f"<th{_kind(value)}>{escape(name)}</th>" for name, value in zip(header, first, strict=True))
    lines = []
    for k, row in enumerate(rows):
        cells = "".join(f"<td{_kind(value)}>{escape(_text(value))}</td>" for value in row)
        opening = '<tr class="marked">' if k in marked else "<tr>"
        lines.append(f"{opening}{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table>"


def _kind(value):
    number = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    return ' class="number"' if number else ""


def _text(value):
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    # Three digits and more, but never as a power of ten where a plain number can be read.
    return f"{value:.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"
