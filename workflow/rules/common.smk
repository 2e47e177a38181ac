"""The configuration and the associations, as lists that rules can name."""

import math
import os
import re
import sys
import time

from snakemake.exceptions import WorkflowError

REPOSITORY = os.path.join(str(workflow.current_basedir), "..", "..")
SCRIPTS = os.path.join(REPOSITORY, "scripts")
sys.path.insert(0, SCRIPTS)

from wfimosaic.association.association import read_associations, check_members_exist
from wfimosaic.workflow.code_version import code_version as hash_code
from wfimosaic.errors import InputError
from wfimosaic.workflow.progress import Progress
from wfimosaic.workflow.rule_costs import COSTS, memory_request, time_request
from wfimosaic.workflow.run_summary import run_summary
from wfimosaic.workflow.settings import (
    complete,
    recorded_settings,
    check_files_exist,
    check_writable,
    rule_settings,
)


def demo_members(associations):
    """The members of the demo's association, if it is used."""
    demo = os.path.realpath(os.path.join(REPOSITORY, "config", "demo_asn.json"))
    used = [path for path in associations if os.path.realpath(path) == demo]
    return [
        member.path
        for product in read_associations(used).values()
        for member in product.members
    ]


try:
    SETTINGS = complete(config)
    PRODUCTS = read_associations(SETTINGS["associations"])
    DEMO_MEMBERS = demo_members(SETTINGS["associations"])
    # Remote files are Snakemake's to look for.
    if workflow.storage_settings.default_storage_provider is None:
        check_members_exist(PRODUCTS, set(DEMO_MEMBERS))
        check_files_exist(SETTINGS)
except InputError as error:
    raise WorkflowError(str(error)) from None

START = time.time()
RESULTS = SETTINGS["results"]
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
MEMBERS = {
    (name, member.stem): member.path
    for name, product in PRODUCTS.items()
    for member in product.members
}


wildcard_constraints:
    product="[^/]+",
    member="[^/]+",


def product_files(wildcards):
    """What a run is to make of a product."""
    name = getattr(wildcards, "product", wildcards)
    skipped = SETTINGS["resample"]["skip"]
    endings = [] if skipped else ["_i2d.asdf", "_i2d.png"]
    if SETTINGS["outlier_detection"]["save_intermediate_results"]:
        endings.append("_exposures.txt")
    files = [f"{RESULTS}/{name}/{name}{ending}" for ending in endings]
    return files + (of_members("outlier_detection")(name) if skipped else [])


def final_files():
    """What a run is to make."""
    return [path for name in PRODUCTS for path in product_files(name)]


def summary(succeeded=False):
    """What a run has made, and what failed where."""
    files = {name: product_files(name) for name in PRODUCTS}
    return run_summary(files, LOGS, START, succeeded)


def figure(path, caption, subcategory, title):
    """A picture or a table that the report shows."""
    return report(
        path,
        caption=f"../report/{caption}.rst",
        category="{product}",
        subcategory=subcategory,
        labels={"figure": title},
    )


def mosaics():
    """The products that become mosaics."""
    return [] if SETTINGS["resample"]["skip"] else list(PRODUCTS)


def member_files(wildcards):
    """The _cal files of a product."""
    return [member.path for member in PRODUCTS[wildcards.product].members]


def member_file(wildcards):
    """The _cal file of a member."""
    return MEMBERS[wildcards.product, wildcards.member]


def member_list(wildcards):
    """Path, stem and exposure group of each member of a product."""
    return [
        [member.path, member.stem, member.group]
        for member in PRODUCTS[wildcards.product].members
    ]


def of_members(suffix):
    """An input function for the files with a suffix of all members of a product."""

    def files(wildcards):
        name = getattr(wildcards, "product", wildcards)
        return [
            f"{RESULTS}/{name}/{member.stem}_{suffix}.asdf"
            for member in PRODUCTS[name].members
        ]

    return files


def unless_skipped(step, path):
    """A file that is an input only if a step is not skipped."""
    return [] if SETTINGS[step]["skip"] else path


def skycell(wildcards):
    """What an association says of its skycell."""
    product = PRODUCTS[wildcards.product]
    return {"skycell": product.skycell, "target": product.target}


def association(wildcards):
    """What a mosaic remembers of its association."""
    product = PRODUCTS[wildcards.product]
    return {
        "data_release_id": product.data_release_id,
        "name": product.association,
        "target": product.target,
    }


def record(wildcards):
    """What else a mosaic remembers: all settings, and members that were left out."""
    return {
        "excluded": [
            {"path": path, "reason": "its exptype in the association is not science"}
            for path in PRODUCTS[wildcards.product].excluded
        ],
        "settings": recorded_settings(SETTINGS),
    }


def settings(rule):
    """The settings that a rule depends on."""
    return rule_settings(SETTINGS, rule)


def code_version(rule):
    """A hash of the code that a rule runs."""
    return hash_code(os.path.join(SCRIPTS, f"{rule}.py"))


def images(input):
    """The images among a job's input."""
    return input.get("members") or [input.member]


def image_size(input):
    """Pixels [millions] of a job's largest image: the largest shape in its header, or else 16 bytes each."""
    path = max(images(input), key=os.path.getsize)
    with open(path, "rb") as file:
        header, *_ = file.read(2**20).partition(b"\n...")
    shapes = re.findall(rb"shape: \[(\d+), (\d+)\]", header)
    pixels = [int(ny) * int(nx) for ny, nx in shapes]
    return max(pixels, default=os.path.getsize(path) / 16) / 1e6


def output_shape(input):
    """Height and width of a product's grid, or of its mosaic, whose file holds 24 bytes or more for each pixel."""
    if "grid" not in input.keys():
        return (math.isqrt(os.path.getsize(input.mosaic) // 24),) * 2
    with open(input.grid, encoding="latin-1") as file:
        shape = re.search(r"^shape: \[(\d+), (\d+)\]$", file.read(), re.M)
    return int(shape[1]), int(shape[2])


def memory(rule):
    """Memory [MB] to ask for, and as much again at each attempt."""
    cost = COSTS[rule]

    def mem_mb(wildcards, input, threads, attempt):
        frame = image_size(input) if cost.image else 0
        shape = output_shape(input) if cost.block or cost.mapped else (0, 0)
        return int(memory_request(cost, threads, frame, shape) * attempt)

    return mem_mb


def runtime(rule):
    """Time [minutes] to ask for, and as much again at each attempt."""
    cost = COSTS[rule]

    def minutes(wildcards, input, threads, attempt):
        members = image_size(input) * len(images(input)) if cost.member else 0
        mosaic = math.prod(output_shape(input)) / 1e6 if cost.mosaic else 0
        return int(time_request(cost, threads, members, mosaic) * attempt)

    return minutes


def frame_size():
    """Megapixels of a member, on average: about 16 bytes each."""
    sizes = [os.path.getsize(path) for path in MEMBERS.values() if os.path.exists(path)]
    return sum(sizes) / len(sizes) / 16e6 if sizes else 1.0


# After jobs that end, a line says what is done and how long the rest may take.
if workflow.is_main_process:
    logger.addHandler(Progress(len(MEMBERS) / len(PRODUCTS), frame_size(), logger.info))


onstart:
    try:
        check_writable(RESULTS)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    # Snakemake 9.27 looks for ready jobs once a second for each job that has ever run, which takes a
    # core for itself in long runs; only its limit of 100 job starts in a second needs that.
    workflow.scheduler.job_rate_limiter = None
