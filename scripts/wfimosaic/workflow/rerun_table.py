"""Which rules run again after an option has changed, and README's table of them."""

import re
import sys
from pathlib import Path

from .rule_costs import PLAIN_RUN
from .settings import each_option

# What follows directly from what a rule of a plain run writes.
FOLLOWED_BY = {
    "define_grid": ("define_mosaic_grid", "match_sky", "make_median", "compare_exposures", "flag_outliers"),
    "match_sky": ("subtract_sky",),
    "subtract_sky": ("make_median", "compare_exposures", "flag_outliers"),
    "make_median": ("compare_exposures", "flag_outliers"),
    "compare_exposures": ("flag_outliers",),
    "flag_outliers": ("resample",),
    "define_mosaic_grid": ("resample",),
    "resample": ("plot_mosaic",),
}


def rules_rerun(rules):
    """Find the rules that run again if some do.

    Parameters
    ----------
    rules : iterable of str
        What an option's `reruns` lists.

    Returns
    -------
    list of str
        These and all that follows from them in a plain run; those of a plain run in its order, then others.
    """
    found, waiting = set(), list(rules)
    while waiting:
        rule = waiting.pop()
        if rule not in found:
            found.add(rule)
            waiting.extend(FOLLOWED_BY.get(rule, ()))
    return [rule for rule in PLAIN_RUN if rule in found] + sorted(found.difference(PLAIN_RUN))


def rerun_table():
    """Describe what runs again after each option has changed: Markdown.

    Rules of the report and those for intermediate results are left to the options that ask for them.
    """
    rows = {}
    for section, name, option in each_option():
        plain = tuple(rule for rule in rules_rerun(option["reruns"]) if rule in PLAIN_RUN)
        if plain:
            rows.setdefault(plain, {}).setdefault(section, []).append(name)
    lines = ["| after a change of | this runs again |", "|---|---|"]
    for rules, options in sorted(rows.items(), key=lambda row: (-len(row[0]), row[0])):
        lines.append(f"| {', '.join(_names(*item) for item in options.items())} | {', '.join(rules)} |")
    return "\n".join(lines)


def _names(section, names):
    if section is None:
        return ", ".join(f"`{name}`" for name in names)
    return f"`{section}.{names[0]}`" if len(names) == 1 else f"`{section}.{{{','.join(names)}}}`"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    table = re.compile(r"^\| after a change of \| this runs again \|(\n\|.*)*", re.MULTILINE)
    page.write_text(table.sub(lambda _: rerun_table(), page.read_text()))
