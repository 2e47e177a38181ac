"""The configuration and the associations, as lists that rules can name."""

import functools
import os
import sys

from snakemake.exceptions import WorkflowError

REPOSITORY = os.path.join(str(workflow.current_basedir), "..", "..")
SCRIPTS = os.path.join(REPOSITORY, "scripts")
sys.path.insert(0, SCRIPTS)

from wfimosaic.association.association import missing_members, read_associations
from wfimosaic.association.fields import make_fields
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
    FIELDS = make_fields(PRODUCTS, SETTINGS["field"])
    demo = [path for path in SETTINGS["associations"] if os.path.realpath(path) == DEMO]
    demo = read_associations(demo).values()
    DEMO_MEMBERS = [member.path for product in demo for member in product.members]
    # Remote files are Snakemake's to look for.
    LOCAL = workflow.storage_settings.default_storage_provider is None
    if LOCAL:
        check_files_exist(SETTINGS)
    exists = {} if LOCAL else {"exists": bool}
    BACKGROUNDS = background_files(
        SETTINGS["skymatch"]["background_images"],
        {name: list(field.members) for name, field in FIELDS.items()},
        **exists,
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
# A product that shares no field with others is one by itself: its members' files lie in its own folder.
FIELD_OF = {
    product: name for name, field in FIELDS.items() for product in field.products
}


wildcard_constraints:
    product="[^/]+",
    field="[^/]+",
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


@functools.cache
def is_there(path):
    """Whether a member's file exists, or will."""
    return not LOCAL or path in DEMO_MEMBERS or os.path.isfile(path)


def members_of(wildcards):
    """The members of a product, or of a field."""
    if hasattr(wildcards, "field"):
        return FIELDS[wildcards.field].members.values()
    return PRODUCTS[getattr(wildcards, "product", wildcards)].members


def member_files(wildcards):
    """The _cal files of a field. What is missing fails where it is needed."""
    return [member.path for member in members_of(wildcards) if is_there(member.path)]


def member_file(wildcards):
    """The _cal file of a member."""
    field = FIELDS[wildcards.field]
    path, products = (
        field.members[wildcards.member].path,
        field.products_of[wildcards.member],
    )
    return path if is_there(path) else in_place_of_members(products[0]) or path


def grid_members(wildcards):
    """The _cal files of a product, if their headers are not in a field's table."""
    if SETTINGS["field"]:
        return []
    paths = [member.path for member in members_of(wildcards)]
    return in_place_of_members(wildcards.product) or paths


def complete_in_field(wildcards):
    """What the mosaic of a product in a field needs if a member is missing, though its neighbours do without."""
    return in_place_of_members(wildcards.product) if SETTINGS["field"] else []


def field_table(wildcards):
    """The table of the members of a product's field, if it has one."""
    name = SETTINGS["field"]
    return f"{RESULTS}/{name}/{name}_members.asdf" if name else []


def sky_positions(wildcards):
    """Where the members of a field lie: its table, or the grid of its only product."""
    name = wildcards.field
    return field_table(wildcards) or f"{RESULTS}/{name}/{name}_outlier_grid.asdf"


def sky_record(wildcards):
    """The sky of the members of a product."""
    name = FIELD_OF[wildcards.product]
    return f"{RESULTS}/{name}/{name}_sky.json"


def of_members(suffix, only=lambda path: True):
    """An input function for the files with a suffix of all members of a product."""

    def files(wildcards):
        folder = f"{RESULTS}/{FIELD_OF[getattr(wildcards, 'product', wildcards)]}"
        members = [member for member in members_of(wildcards) if only(member.path)]
        return [f"{folder}/{member.stem}_{suffix}.asdf" for member in members]

    return files


def of_products(ending, *methods):
    """An input function for a file of each product of a member, if outliers are found by one of some methods."""

    def files(wildcards):
        options = SETTINGS["outlier_detection"]
        products = FIELDS[wildcards.field].products_of[wildcards.member]
        wanted = options["method"] in methods and not options["skip"]
        return [f"{RESULTS}/{name}/{name}_{ending}.asdf" for name in products if wanted]

    return files


def background_list(wildcards):
    """Background images of the members of a field that have one."""
    return list(BACKGROUNDS[wildcards.field].values())


def background_file(wildcards):
    """The background image of a member, if it has one."""
    return BACKGROUNDS[wildcards.field].get(wildcards.member, [])


def background_names(wildcards):
    """The members of a field that have a background image, as those are listed."""
    return list(BACKGROUNDS[wildcards.field])


def member_list(wildcards):
    """Path, stem and exposure group of each member of a product, or of a field."""
    return [
        [member.path, member.stem, member.group] for member in members_of(wildcards)
    ]


@functools.cache
def version(path):
    """Size and time of a member's file, older or newer than what was made from it."""
    if not LOCAL or path in DEMO_MEMBERS or not os.path.isfile(path):
        return None
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def versions(wildcards):
    """The versions of all members of a product, or of a field."""
    return [version(member.path) for member in members_of(wildcards)]


def member_version(wildcards):
    """The version of a member."""
    return version(FIELDS[wildcards.field].members[wildcards.member].path)


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
