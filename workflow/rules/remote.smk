"""Copies of members that lie at URLs: fetched once, and removed when all jobs that read them are done.

Needs a server's file; makes a copy below the folder that Snakemake's --local-storage-prefix names.
"""


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
