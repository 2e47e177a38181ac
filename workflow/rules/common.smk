"""The configuration and the associations, as lists that rules can name."""

import os
import sys

from snakemake.exceptions import WorkflowError

REPOSITORY = os.path.join(str(workflow.current_basedir), "..", "..")
SCRIPTS = os.path.join(REPOSITORY, "scripts")
sys.path.insert(0, SCRIPTS)

from wfimosaic.association.association import missing_members, read_associations
from wfimosaic.errors import InputError
from wfimosaic.workflow.background_files import background_files
from wfimosaic.workflow.code_version import code_version as hash_code
from wfimosaic.workflow.job_requests import memory, runtime
from wfimosaic.workflow.settings import check_files_exist, complete
from wfimosaic.workflow.settings import recorded_settings, rule_settings

DEMO = os.path.realpath(os.path.join(REPOSITORY, "config", "demo_asn.json"))

try:
    SETTINGS = complete(config)
    PRODUCTS = read_associations(SETTINGS["associations"])
    demo = [path for path in SETTINGS["associations"] if os.path.realpath(path) == DEMO]
    demo = read_associations(demo).values()
    DEMO_MEMBERS = [member.path for product in demo for member in product.members]
    # Remote files are Snakemake's to look for.
    LOCAL = workflow.storage_settings.default_storage_provider is None
    if LOCAL:
        check_files_exist(SETTINGS)
    exists = {} if LOCAL else {"exists": bool}
    BACKGROUNDS = background_files(
        SETTINGS["skymatch"]["background_images"], PRODUCTS, **exists
    )
except InputError as error:
    raise WorkflowError(str(error)) from None

# Without --keep-going Snakemake, too, finds that a file is missing, and stops before anything has begun.
MISSING = {}
if LOCAL and workflow.is_main_process:
    MISSING = missing_members(PRODUCTS, set(DEMO_MEMBERS))
    for message in MISSING.values():
        logger.error(message)

RESULTS = SETTINGS["results"]
SUFFIX = SETTINGS["suffix"]
MOSAIC = f"{RESULTS}/{{product}}/{{product}}_{SUFFIX}"
LOGS, BENCHMARKS = f"{RESULTS}/logs", f"{RESULTS}/benchmarks"
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
    endings = [] if skipped else [f"_{SUFFIX}.asdf", f"_{SUFFIX}.png"]
    if SETTINGS["outlier_detection"]["save_intermediate_results"]:
        endings.append("_exposures.txt")
    files = [f"{RESULTS}/{name}/{name}{ending}" for ending in endings]
    return files + (of_members("outlier_detection")(name) if skipped else [])


def final_files():
    """What a run is to make."""
    return [path for name in PRODUCTS for path in product_files(name)]


def mosaics():
    """The products that become mosaics."""
    return [] if SETTINGS["resample"]["skip"] else list(PRODUCTS)


def in_place_of_members(product):
    """With --keep-going, what a product needs if a member is missing: a file that no job can make."""
    execution = workflow.execution_settings  # not known before Snakemake asks for input
    stops = product not in MISSING or execution is None or not execution.keep_going
    return [] if stops else f"{RESULTS}/{product}/{product}_members.txt"


def member_files(wildcards):
    """The _cal files of a product."""
    paths = [member.path for member in PRODUCTS[wildcards.product].members]
    return in_place_of_members(wildcards.product) or paths


def member_file(wildcards):
    """The _cal file of a member."""
    path = MEMBERS[wildcards.product, wildcards.member]
    return in_place_of_members(wildcards.product) or path


def of_members(suffix):
    """An input function for the files with a suffix of all members of a product."""

    def files(wildcards):
        name = getattr(wildcards, "product", wildcards)
        stems = [member.stem for member in PRODUCTS[name].members]
        return [f"{RESULTS}/{name}/{stem}_{suffix}.asdf" for stem in stems]

    return files


def for_method(method, path):
    """A file that is an input only if outliers are found by a method."""
    options = SETTINGS["outlier_detection"]
    return path if options["method"] == method and not options["skip"] else []


def background_list(wildcards):
    """Background images of the members of a product that have one."""
    return list(BACKGROUNDS[wildcards.product].values())


def background_file(wildcards):
    """The background image of a member, if it has one."""
    return BACKGROUNDS[wildcards.product].get(wildcards.member, [])


def background_names(wildcards):
    """The members of a product that have a background image, as those are listed."""
    return list(BACKGROUNDS[wildcards.product])


def member_list(wildcards):
    """Path, stem and exposure group of each member of a product."""
    members = PRODUCTS[wildcards.product].members
    return [[member.path, member.stem, member.group] for member in members]


def skycell(wildcards):
    """What an association says of its skycell."""
    product = PRODUCTS[wildcards.product]
    return {"skycell": product.skycell, "target": product.target}


def association(wildcards):
    """What a mosaic records of its association."""
    product = PRODUCTS[wildcards.product]
    return {"data_release_id": product.data_release_id, "name": product.association}


def record(wildcards):
    """What a mosaic records beside that: all settings, and excluded members."""
    excluded = PRODUCTS[wildcards.product].exclusions
    return {"excluded": excluded, "settings": recorded_settings(SETTINGS)}


def settings(rule):
    """The settings that a rule depends on."""
    return rule_settings(SETTINGS, rule)


def code_version(rule):
    """A hash of the code that a rule runs."""
    return hash_code(os.path.join(SCRIPTS, f"{rule}.py"))


def figure(path, caption, subcategory, title):
    """A picture or a table that the report shows."""
    place = {"category": "{product}", "subcategory": subcategory}
    return report(path, f"../report/{caption}.rst", labels={"figure": title}, **place)
