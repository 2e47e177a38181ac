"""The table of cluster.md: what jobs of a cluster ask for and take, by the size of a product."""

import re
import sys
from pathlib import Path

from .duration import duration
from .rule_costs import COSTS, PLAIN_RUN, SPREAD, job_seconds, memory_request

# Members, height and width of a frame, height and width of the mosaic.
SIZES = ((8, 1024, 1600), (36, 4088, 20000), (360, 4088, 20000), (3600, 4088, 40000))
RULES = (*PLAIN_RUN, "plot_maps", "write_fits")
# As in the profile: one core for each eight members, at most eight, for rules that use more than one.
MEMBERS_PER_CORE, MAX_CORES = 8, 8


def sizing_table():
    """Describe every rule's jobs for products of several sizes: Markdown."""
    lines = [
        "| members, frame, mosaic | " + " | ".join(f"{n} x {f}², {m}²" for n, f, m in SIZES) + " |",
        "|---" * (len(SIZES) + 1) + "|",
        "| cores of " + ", ".join(SPREAD) + " | " + " | ".join(str(_cores(size)) for size in SIZES) + " |",
    ]
    for rule in RULES:
        lines.append(f"| {rule} | " + " | ".join(_job(rule, size) for size in SIZES) + " |")
    return "\n".join(lines)


def _cores(size):
    return min(MAX_CORES, -(-size[0] // MEMBERS_PER_CORE))


def _job(rule, size):
    cost, (members, frame, mosaic) = COSTS[rule], size
    threads = _cores(size) if rule in SPREAD else 1
    members_of_job = members if cost.shared else 1
    seconds = job_seconds(cost, threads, members_of_job * frame**2 / 1e6, mosaic**2 / 1e6)
    gigabytes = memory_request(cost, threads, frame**2 / 1e6, (mosaic, mosaic)) / 1e3
    return f"{gigabytes:.2g} GB, {duration(seconds)}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(re.sub(r"^\| members, frame, mosaic(.*\n\|)*.*", sizing_table(), page.read_text(), flags=re.M))
