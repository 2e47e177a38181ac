"""Copies of members that lie at URLs: fetched once, and removed when all jobs that read them are done.

Needs a server's file; makes a copy below the folder that Snakemake's --local-storage-prefix names.
"""

# No product can have this name.
COPY_LOGS = f"{LOGS}/_copies"


def url_of_copy(wildcards):
    """The URL that a copy is made of."""
    return url_of(wildcards.source)


def unless_unreachable(wildcards):
    """What a copy needs of which the server says that it is not there: a file that no job can make."""
    there = is_there(url_of_copy(wildcards))
    return [] if there else f"{COPIES}/{wildcards.source} on its server"


rule stage_member:
    """Copy a member from its URL."""
    input:
        unless_unreachable,
    output:
        member=temp(f"{COPIES}/{{source}}"),
    log:
        f"{COPY_LOGS}/{{source}}.log",
    wildcard_constraints:
        source=r"(s3|https|http)/\S+",
    # First come jobs that read copies, so that these can go.
    priority: -1
    conda:
        "../../envs/cloud.yaml"
    resources:
        mem_mb=500,
        runtime=60,
    params:
        url=url_of_copy,
        version=lambda wildcards: version(url_of_copy(wildcards)),
    script:
        "../../scripts/stage_member.py"


def products_of_copies():
    """The products that need each copy, by its log."""
    names = {}
    for product in PRODUCTS.values():
        for member in product.members:
            if is_url(member.path):
                log = f"{copy_of(member.path, COPY_LOGS)}.log"
                names.setdefault(log, []).append(product.name)
    return names
