"""Grids: from the headers of the members to the outlier grid and the mosaic's grid.

Needs the _cal files and the association's skycell; makes {product}_outlier_grid.asdf and {product}_mosaic_grid.asdf,
which record where each member's pixels fall. With the option `field` headers are read once, into {field}_members.asdf,
and one job makes the grids of all products, in {field}/outlier_grids and {field}/mosaic_grids.
"""


localrules:
    check_members,


rule check_members:
    """Fail for a product of which a member is missing, in a run with --keep-going."""
    output:
        members=f"{RESULTS}/{{product}}/{{product}}_members.txt",
    log:
        f"{LOGS}/{{product}}/check_members.log",
    retries: 0
    conda:
        "../../envs/mosaic.yaml"
    params:
        missing=lambda wildcards: MISSING[wildcards.product],
    script:
        "../../scripts/check_members.py"


rule define_field:
    """Read the headers of all members of a field, each once."""
    input:
        members=member_files,
    output:
        table=f"{RESULTS}/{{field}}/{{field}}_members.asdf",
    log:
        f"{LOGS}/{{field}}/define_field.log",
        times=f"{BENCHMARKS}/{{field}}/define_field.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("define_field"),
        runtime=runtime("define_field"),
    params:
        members=member_list,
        versions=versions,
        code=code_version("define_field"),
    script:
        "../../scripts/define_field.py"


rule define_grid:
    """Find where the members of a product lie, and define the grid that outliers are found on."""
    input:
        members=complete_members,
    output:
        grid=f"{RESULTS}/{{product}}/{{product}}_outlier_grid.asdf",
    log:
        f"{LOGS}/{{product}}/define_grid.log",
        times=f"{BENCHMARKS}/{{product}}/define_grid.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("define_grid"),
        runtime=runtime("define_grid"),
    params:
        settings=settings("define_grid"),
        members=member_list,
        versions=versions,
        product=skycell,
        code=code_version("define_grid"),
    script:
        "../../scripts/define_grid.py"


rule define_mosaic_grid:
    """Define the mosaic's grid, and where each member falls on it."""
    input:
        grid=rules.define_grid.output.grid,
        output_wcs=SETTINGS["resample"]["output_wcs"] or [],
    output:
        grid=f"{RESULTS}/{{product}}/{{product}}_mosaic_grid.asdf",
    log:
        f"{LOGS}/{{product}}/define_mosaic_grid.log",
        times=f"{BENCHMARKS}/{{product}}/define_mosaic_grid.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("define_mosaic_grid"),
        runtime=runtime("define_mosaic_grid"),
    params:
        settings=settings("define_mosaic_grid"),
        product=skycell,
        code=code_version("define_mosaic_grid"),
    script:
        "../../scripts/define_mosaic_grid.py"


rule define_field_grids:
    """Define the grids of all products of a field, from its table."""
    input:
        field=rules.define_field.output.table,
        output_wcs=SETTINGS["resample"]["output_wcs"] or [],
    output:
        outlier_grids=directory(f"{RESULTS}/{{field}}/outlier_grids"),
        mosaic_grids=directory(f"{RESULTS}/{{field}}/mosaic_grids"),
    log:
        f"{LOGS}/{{field}}/define_field_grids.log",
        times=f"{BENCHMARKS}/{{field}}/define_field_grids.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("define_field_grids"),
        runtime=runtime("define_field_grids"),
    params:
        associations=SETTINGS["associations"],
        versions=[version(path) for path in SETTINGS["associations"]],
        outlier_settings=settings("define_grid"),
        mosaic_settings=settings("define_mosaic_grid"),
        code=code_version("define_field_grids"),
    script:
        "../../scripts/define_field_grids.py"
