"""`wfimosaic plan`: look before running."""

import argparse
import logging
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import yaml

from ..association.association import read_associations
from ..association.fields import make_fields
from ..association.urls import is_url
from ..errors import InputError
from ..remote.local_headers import local_headers
from ..workflow.aligned_with import aligned_with
from ..workflow.background_files import background_files
from ..workflow.duration import duration
from ..workflow.settings import check_files_exist, check_writable, complete
from ..workflow.written_once import check_written_once

EXAMPLE = "example: wfimosaic plan my.yaml --cores 8"
COPIES = ".snakemake/storage"
MAX_NAMES = 5
# Of all transfers together, as between a bucket and a machine near to it [bytes/s].
RATE = 50e6


def add_command(subparsers):
    """Declare the subcommand."""
    parser = subparsers.add_parser(
        "plan",
        help="look before running: members, overlaps, output, time, memory, disk",
        description="Say what a run would make and need, from the headers of its members. No pixel is read.",
        epilog=EXAMPLE,
    )
    parser.add_argument("config", metavar="CONFIG", help="the YAML file that snakemake gets with --configfile")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="cores of the run (default: all)")
    return parser


def run(parsed: argparse.Namespace):
    """Print the plan, and fail if it cannot fit."""
    from .plan_product import plan_field, plan_product

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if parsed.cores < 1:
        raise InputError(f"--cores {parsed.cores}: at least 1 is needed")
    config = read_config(parsed.config)
    products = read_associations(config["associations"])
    check_as_a_run_would(config, products)
    plans, parts = {}, []
    paths = [member.path for product in products.values() for member in product.members]
    with local_headers(paths) as files, tempfile.TemporaryDirectory() as folder:
        copies = {path: os.path.getsize(file) for path, file in files.items() if is_url(path)}
        in_turn = max(sum(copies.get(m.path, 0) for m in product.members) for product in products.values())
        products = {name: _at(product, files) for name, product in products.items()}
        table = str(Path(folder, "members.asdf")) if config["field"] else None
        if table:
            parts.append(plan_field(products, config, parsed.cores, table))
            print(field_text(config["field"], parts[0]), flush=True)
        for name, product in products.items():
            plans[name] = plan_product(product, config, parsed.cores, table)
            print(plan_text(product, plans[name], parsed.cores), flush=True)
    parts += plans.values()
    if len(parts) > 1:
        seconds = sum(estimate.seconds for part in parts for estimate in part.estimates)
        print(f"{len(plans)} products: about {duration(seconds)} with {parsed.cores} cores\n")
    mosaics = [plan.mosaic_bytes for plan in plans.values()]
    needed = sum(part.intermediate_bytes for part in parts) + sum(mosaics)
    left = sum(part.kept_bytes for part in parts) + sum(mosaics)
    memory = max(estimate.memory_mb for part in parts for estimate in part.estimates)
    free, installed = _free_disk(config["results"]), _installed_memory()
    disk = f"{_bytes(needed)} needed at most, {_bytes(left)} left at the end, {_bytes(free)} free"
    print(f"Disk: {disk} for {config['results']}")
    copied = sum(copies.values())
    if copied:
        less = "" if config["field"] or in_turn == copied else f" ({_bytes(in_turn)} if products are made one by one)"
        room = f"{_bytes(copied)} needed at most{less}, none left at the end, {_bytes(_free_disk(COPIES))} free"
        time = f"about {duration(copied / RATE)} at {RATE / 1e6:.0f} MB/s, beside what is told above"
        print(f"Copies of members at URLs: {room} for {COPIES} (or --local-storage-prefix); {time}")
    print(f"Memory: about {_bytes(memory * 1e6)} at once with {parsed.cores} cores, {_bytes(installed)} installed")
    if copied and _disk(COPIES) == _disk(config["results"]):
        needed += copied
    check_disk_and_memory(needed, free, memory * 1e6, installed, parsed.cores)


def check_as_a_run_would(config, products):
    """Raise InputError if a file that the config names is missing, or results cannot be written."""
    fields = make_fields(products, config["field"])
    check_files_exist(config)
    background_files(config["skymatch"]["background_images"], {name: list(f.members) for name, f in fields.items()})
    aligned_with(config, products)
    check_writable(config["results"])


def read_config(path):
    """Read and complete a configuration: dict."""
    try:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror}: give the file that snakemake gets with --configfile"
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: is not YAML: {' '.join(str(error).split())[:150]}") from None
    check_written_once(path)
    if not isinstance(config, dict):
        raise InputError(f"{path}: is no configuration: 'associations: [asn.json]' is the least that it needs")
    try:
        return complete(config)
    except InputError as error:
        raise InputError(f"{path}: {str(error).removeprefix('config: ')}") from None


def plan_text(product, plan, cores):
    """Describe a plan for a terminal: str."""
    grid = plan.grid
    ny, nx = grid.shape
    shapes = {member.shape for member in grid.members}
    sizes = ", ".join(f"{shape[1]} x {shape[0]}" for shape in sorted(shapes))
    total = sum(estimate.seconds for estimate in plan.estimates)
    lines = [
        f"{product.name} (association {product.association})",
        f"  members    {len(grid.members)} images of {sizes} pixels in {len(grid.groups())} exposures",
        *([f"  excluded   {len(product.excluded)} of other exptypes than science"] if product.excluded else []),
        f"  overlaps   {_overlaps(plan)}",
        f"  output     {nx} x {ny} pixels of {plan.pixel_scale:.4g} arcsec, {_bytes(plan.mosaic_bytes)}",
        f"  beside it  {_bytes(plan.intermediate_bytes)} of intermediate files",
        "",
    ]
    return "\n".join([*lines, *_table(plan.estimates), f"  about {duration(total)} with {cores} cores", ""])


def field_text(name, plan):
    """Describe what a field needs beside its products for a terminal: str."""
    lines = [
        f"{name} (field)",
        f"  members    {plan.members} images in {plan.exposures} exposures, each scaled and flagged once",
        f"  beside it  {_bytes(plan.intermediate_bytes)} of intermediate files",
        "",
        *_table(plan.estimates),
    ]
    return "\n".join([*lines, ""])


def _table(estimates):
    rows = [(e.rule, e.jobs, duration(e.seconds), _bytes(e.memory_mb * 1e6)) for e in estimates]
    return ["  {:20}{:>6}{:>12}{:>12}".format(*row) for row in [("rule", "jobs", "time", "memory"), *rows]]


def _overlaps(plan):
    count = len(plan.pairs)
    if len(plan.islands) == 1:
        return f"{count} pairs, all members are connected"
    text = f"{count} pairs, {len(plan.islands)} islands without a common pixel: the sky between them is not matched"
    for island in plan.islands[1 : MAX_NAMES + 1]:
        names = ", ".join(plan.grid.members[k].stem for k in island[:MAX_NAMES])
        more = f" and {len(island) - MAX_NAMES} more" if len(island) > MAX_NAMES else ""
        text += f"\n             apart from the largest: {names}{more}"
    return text


def check_disk_and_memory(needed, free, memory, installed, cores):
    """Raise InputError if a run needs more disk or memory [bytes] than there is."""
    if needed > free:
        raise InputError(
            f"the run needs {_bytes(needed)} of disk and {_bytes(free)} are free: make room, or set 'results' to "
            "another disk"
        )
    if memory > installed:
        fewer = max(1, int(cores * installed / memory))
        raise InputError(
            f"the run needs {_bytes(memory)} of memory with {cores} cores and the machine has {_bytes(installed)}: "
            f"use --cores {fewer}"
        )


def _at(product, files):
    # The product with files to look at as its members.
    return replace(product, members=tuple(replace(m, path=files[m.path]) for m in product.members))


def _free_disk(folder):
    return shutil.disk_usage(_existing(folder)).free


def _disk(folder):
    return _existing(folder).stat().st_dev


def _existing(folder):
    folder = Path(folder).absolute()
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _installed_memory():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _bytes(count):
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count / 1e3:.3g} kB"
