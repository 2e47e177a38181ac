"""List how long the jobs of a product ran and how much memory they took."""

import csv
from pathlib import Path

from .html_page import Section, Table, write_page

HEADER = ["rule", "jobs", "time, all jobs [s]", "longest job [s]", "CPU time, all jobs [s]", "most memory [MB]"]


TEXT = (
    "What the last run of each job took. A job that used several processes counts them all in its CPU time; "
    "memory is that of its largest process, with what is mapped from files."
)
SHARED = "What the jobs took that all products of the field share: those of its exposures, and of the whole field."


def list_runs(benchmarks, page, product, field=None):
    """Write a table of run times and memory as HTML.

    Parameters
    ----------
    benchmarks : str
        The product's folder of what its jobs took, see `write_job_times`: ``rule.tsv`` or ``rule/member.tsv``.
    page : str
        The page to write.
    product : str
        For the title.
    field : str, optional
        Such a folder of the field that the product is of.
    """
    sections = [Section("Rules", TEXT, _table(benchmarks))]
    if field is not None:
        sections.append(Section(f"Rules of the field {Path(field).name}", SHARED, _table(field)))
    write_page(page, f"Run times of {product}", sections)


def _table(benchmarks):
    rows = []
    for rule, jobs in sorted(read_benchmarks(benchmarks).items(), key=lambda item: -sum(_column(item[1], "s"))):
        times, cpu, memory = (_column(jobs, name) for name in ("s", "cpu_time", "max_rss"))
        rows.append([rule, len(jobs), sum(times), max(times), sum(cpu), max(memory)])
    total = [["all", *(sum(row[k] for row in rows) for k in (1, 2)), None, sum(row[4] for row in rows), None]]
    return Table(HEADER, rows + total if rows else [])


def read_benchmarks(folder):
    """Read what jobs took: dict of rule to list of dict, one for each job."""
    jobs = {}
    for path in sorted(Path(folder).rglob("*.tsv")):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        with open(path, newline="") as file:
            jobs.setdefault(rule, []).extend(csv.DictReader(file, delimiter="\t"))
    return jobs


def _column(jobs, name):
    # A table that Snakemake itself wrote has NA for what it could not measure.
    return [float(job[name]) if job[name] not in ("NA", "-") else 0.0 for job in jobs]
