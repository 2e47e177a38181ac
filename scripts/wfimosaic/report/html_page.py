"""Write tables as an HTML page that needs nothing else."""

from collections.abc import Collection
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

from ..files.atomic_write import atomic_write

# A Jinja2 template. It stands here and not in a file of its own so that an edit reruns what uses it, as that of code.
PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title><style>
body { font: 13px/1.4 system-ui, sans-serif; margin: 1.2em; color: #222; }
h1 { font-size: 1.3em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; }
th { position: sticky; top: 0; background: #eef2f7; text-align: left; }
th, td { padding: 0.25em 0.6em; border-bottom: 1px solid #ddd; vertical-align: top; }
th { vertical-align: bottom; } th.number { text-align: right; }
td { overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.marked td { background: #fff4d6; }
</style></head>
<body><h1>{{ title }}</h1>
{% macro cell(tag, value, text) -%}
<{{ tag }}{% if value is numeric %} class="number"{% endif %}>{{ text }}</{{ tag }}>
{%- endmacro %}
{% for section in sections %}
<h2>{{ section.heading }}</h2>
{% if section.text %}
<p>{{ section.text }}</p>
{% endif %}
{% if section.table %}
<table><thead><tr>
{%- for name in section.table.header %}{{ cell("th", section.table.first(loop.index0), name) }}{% endfor -%}
</tr></thead><tbody>
{% for row in section.table.rows %}
<tr{% if loop.index0 in section.table.marked %} class="marked"{% endif %}>
{%- for value in row %}{{ cell("td", value, value | number_text) }}{% endfor -%}
</tr>
{% endfor %}
</tbody></table>
{% endif %}
{% endfor %}
</body></html>
"""


@dataclass(frozen=True)
class Table:
    """A table: names of its columns, rows of cells and the numbers of the rows to be coloured.

    Columns whose first cell is a number are set to the right. None is a number that is not there.
    """

    header: list
    rows: list
    marked: Collection = ()

    def first(self, column):
        """Return the first cell of a column, or an empty string."""
        return self.rows[0][column] if self.rows else ""


@dataclass(frozen=True)
class Section:
    """A heading, and a paragraph and a table below it."""

    heading: str
    text: str = ""
    table: Table | None = None


def write_page(path, title, sections):
    """Write a page.

    Parameters
    ----------
    path : str
    title : str
    sections : list of Section
        All text is escaped.
    """
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.tests["numeric"] = _is_number
    environment.filters["number_text"] = _text
    page = environment.from_string(PAGE).render(title=title, sections=sections)
    with atomic_write(path) as part:
        part.write_text(page + "\n", encoding="utf-8")


def _is_number(value):
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value):
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    # Three digits and more, but never as a power of ten where a plain number can be read.
    return f"{value:.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"
