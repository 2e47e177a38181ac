"""The configuration and the associations, as lists that rules can name."""

import functools
import glob
import os
import re

from snakemake.exceptions import WorkflowError

from wfimosaic.association.association import missing_members, read_associations
from wfimosaic.association.fields import make_fields
from wfimosaic.association.urls import copy_of, is_url, url_of
from wfimosaic.errors import InputError
from wfimosaic.files.grid_folder import grid_in
from wfimosaic.remote.members_at_urls import find_members
from wfimosaic.workflow.aligned_with import aligned_with
from wfimosaic.workflow.background_files import background_files
from wfimosaic.workflow.code_version import code_version as hash_code
from wfimosaic.workflow.failed_products import failed_products
from wfimosaic.workflow import job_requests
from wfimosaic.sky.member_states import member_states
from wfimosaic.workflow.settings import check_files_exist, check_no_file_in_the_way
from wfimosaic.workflow.settings import complete
from wfimosaic.workflow.settings import recorded_settings, rule_settings
from wfimosaic.workflow.written_once import check_written_once


def text(path):
    """The text of a file, without the last newline, which git's files do not have when Snakemake has fetched them."""
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


# Where the workflow is deployed there is a copy of it.
DEMO = text(workflow.source_path("../../config/demo_asn.json"))

try:
    for path in workflow.configfiles:
        check_written_once(path)
    SETTINGS = complete(config)
    PRODUCTS = read_associations(SETTINGS["associations"])
    FIELDS = make_fields(PRODUCTS, SETTINGS["field"])
    # The mosaic of another run is no file that this one makes, though it is named like one.
    NOT_MADE = aligned_with(SETTINGS, PRODUCTS)
    demo = [path for path in SETTINGS["associations"] if text(path) == DEMO]
    demo = read_associations(demo).values()
    DEMO_MEMBERS = [member.path for product in demo for member in product.members]
    # Remote files are Snakemake's to look for.
    LOCAL = workflow.storage_settings.default_storage_provider is None
    if LOCAL:
        check_files_exist(SETTINGS)
        check_no_file_in_the_way(SETTINGS["results"])
    exists = {} if LOCAL else {"exists": bool}
    BACKGROUNDS = background_files(
        SETTINGS["skymatch"]["background_images"],
        {name: list(field.members) for name, field in FIELDS.items()},
        **exists,
    )
    # Of members at URLs: what their servers say of those that are there, and what is wrong with the others.
    REMOTE, UNREACHABLE = find_members(
        PRODUCTS, workflow.is_main_process, workflow.storage_provider_settings
    )
except InputError as error:
    raise WorkflowError(str(error)) from None

# Without --keep-going Snakemake, too, finds that a file is missing, and stops before anything has begun.
MISSING = {}
if workflow.is_main_process:
    made = set(DEMO_MEMBERS) if LOCAL else None
    MISSING = missing_members(PRODUCTS, made, UNREACHABLE)
    for message in MISSING.values():
        logger.error(message)

RESULTS = SETTINGS["results"]
SUFFIX = SETTINGS["suffix"]
MOSAIC = f"{RESULTS}/{{product}}/{{product}}_{SUFFIX}"
LOGS, BENCHMARKS = f"{RESULTS}/logs", f"{RESULTS}/benchmarks"
# Where members at URLs are copied to; what Snakemake's option --local-storage-prefix says.
COPIES = str(workflow.storage_settings.local_storage_prefix)
# A product that shares no field with others is one by itself: its members' files lie in its own folder.
FIELD_OF = {
    product: name for name, field in FIELDS.items() for product in field.products
}
EXPOSURE_OF = {
    name: {
        stem: exposure for exposure, stems in field.exposures.items() for stem in stems
    }
    for name, field in FIELDS.items()
}


# The members of an exposure of a field share a job.
IN_EXPOSURE = 4 if SETTINGS["field"] else 1


def while_needed(path, *kept):
    """An intermediate file, which stays if the option keep is one of some."""
    return path if SETTINGS["keep"] in kept else temp(path)


def images_after(step):
    """Where the images of an exposure's members lie after a step; in a product alone each member is worked on alone."""
    path = f"{RESULTS}/{{field}}/{{exposure}}_{step}.asdf"
    if SETTINGS["field"]:
        path = directory(f"{RESULTS}/{{field}}/{step}/{{exposure}}")
    return while_needed(
        path, "all", *(["flagged"] if step == "outlier_detection" else [])
    )


wildcard_constraints:
    product=f"(?!{re.escape(NOT_MADE)}(?:/|$))[^/]+" if NOT_MADE else "[^/]+",
    field="[^/]+",
    exposure="[^/]+",


def noise_realizations():
    """The file of realizations of a mosaic's noise, if any are wanted."""
    wanted = SETTINGS["resample"]["noise_realizations"] > 0
    return {"noise": f"{RESULTS}/{{product}}/{{product}}_noise.asdf"} if wanted else {}


def product_files(wildcards):
    """What a run is to make of a product."""
    name = getattr(wildcards, "product", wildcards)
    skipped = SETTINGS["resample"]["skip"]
    endings = [] if skipped else [f"_{SUFFIX}.asdf", f"_{SUFFIX}.png"]
    noise = [] if skipped else list(noise_realizations().values())
    if SETTINGS["outlier_detection"]["save_intermediate_results"]:
        endings.append("_exposures.txt")
    files = [f"{RESULTS}/{name}/{name}{ending}" for ending in endings]
    files += [path.format(product=name) for path in noise]
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
    if is_url(path):
        return path not in UNREACHABLE
    return not LOCAL or path in DEMO_MEMBERS or os.path.isfile(path)


def local_path(path):
    """Where jobs find a member: its file, or the copy of what is at its URL."""
    return copy_of(path, COPIES) if is_url(path) else path


def members_of(wildcards):
    """The members of a product, of a field, or of an exposure of a field."""
    if hasattr(wildcards, "exposure"):
        field = FIELDS[wildcards.field]
        return [field.members[stem] for stem in field.exposures[wildcards.exposure]]
    if hasattr(wildcards, "field"):
        return list(FIELDS[wildcards.field].members.values())
    return PRODUCTS[getattr(wildcards, "product", wildcards)].members


def member_files(wildcards):
    """The _cal files of a field or an exposure. In a field others do without one that is missing."""
    paths = [member.path for member in members_of(wildcards)]
    if not SETTINGS["field"] and not all(map(is_there, paths)):
        return in_place_of_members(wildcards.field) or [*map(local_path, paths)]
    return [local_path(path) for path in paths if is_there(path)]


def stems_there(wildcards):
    """The names of the members whose _cal files there are."""
    return [member.stem for member in members_of(wildcards) if is_there(member.path)]


def member_list(wildcards):
    """Path, stem and exposure group of each member of a product, or of a field."""
    return [
        [local_path(member.path), member.stem, member.group]
        for member in members_of(wildcards)
    ]


@functools.cache
def version(path):
    """Size and time of a member's file, older or newer than what was made from it; or what its server says of it."""
    if path in REMOTE:
        return [REMOTE[path].size, REMOTE[path].version]
    if not LOCAL or path in DEMO_MEMBERS or not os.path.isfile(path):
        return None
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]


def versions(wildcards):
    """The versions of all members of a product, or of a field."""
    return [version(member.path) for member in members_of(wildcards)]


def skycell(wildcards):
    """What an association says of its skycell."""
    product = PRODUCTS[wildcards.product]
    return {"skycell": product.skycell, "target": product.target}


def association(wildcards):
    """What a mosaic records of its association."""
    product = PRODUCTS[wildcards.product]
    return {"data_release_id": product.data_release_id, "name": product.association}


def record(wildcards):
    """What a mosaic records beside that: all settings, excluded members, and where copies came from."""
    product = PRODUCTS[wildcards.product]
    urls = {local_path(m.path): m.path for m in product.members if is_url(m.path)}
    settings = recorded_settings(SETTINGS)
    known = {"urls": urls} if urls else {}
    return {"excluded": product.exclusions, "settings": settings, **known}


def memory(rule):
    """The function that Snakemake asks for the memory of a rule's job."""
    step = "resample" if rule == "resample" else "outlier_detection"
    square = SETTINGS[step]["kernel"] == "square"
    return job_requests.memory(rule, SETTINGS["resample"]["noise_realizations"], square)


def runtime(rule):
    """The function that Snakemake asks for the time of a rule's job."""
    count = lambda wildcards: len(members_of(wildcards)) if wildcards else 0
    realizations = SETTINGS["resample"]["noise_realizations"]
    return job_requests.runtime(rule, count, realizations)


def settings(rule):
    """The settings that a rule depends on."""
    return rule_settings(SETTINGS, rule)


def code_version(rule):
    """A hash of the code that a rule runs."""
    return hash_code(script_file(rule), PACKAGE)


def figure(path, caption, subcategory, title):
    """A picture or a table that the report shows."""
    place = {"category": "{product}", "subcategory": subcategory}
    return report(path, f"../report/{caption}.rst", labels={"figure": title}, **place)
