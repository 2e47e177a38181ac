"""Outlier detection: from the sky-subtracted members to their flags.

Needs the _skymatch files and the outlier grid; makes {product}_median.asdf, {product}_outliers.asdf and one
{member}_outlier_detection.asdf for each member, with the outliers that any of its products has found.
"""


rule make_median:
    """Drizzle each exposure alone and take the median of all."""
    input:
        members=of_members("skymatch", is_there),
        levels=levels_of_field,
        grid=grids("outlier"),
    output:
        median=while_needed(f"{RESULTS}/{{product}}/{{product}}_median.asdf", "all"),
    log:
        f"{LOGS}/{{product}}/make_median.log",
        times=f"{BENCHMARKS}/{{product}}/make_median.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("make_median"),
        runtime=runtime("make_median"),
    params:
        grid=grid("outlier"),
        defined=defined_by("define_grid"),
        settings=settings("make_median"),
        members=member_list,
        code=code_version("make_median"),
    script:
        "../../scripts/make_median.py"


rule save_exposures:
    """Write the drizzled image of each exposure, as the median sees it (save_intermediate_results)."""
    input:
        members=of_members("skymatch", is_there),
        levels=levels_of_field,
        grid=grids("outlier"),
    output:
        listing=f"{RESULTS}/{{product}}/{{product}}_exposures.txt",
    log:
        f"{LOGS}/{{product}}/save_exposures.log",
        times=f"{BENCHMARKS}/{{product}}/save_exposures.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("save_exposures"),
        runtime=runtime("save_exposures"),
    params:
        grid=grid("outlier"),
        settings=settings("save_exposures"),
        suffix=SUFFIX,
        members=member_list,
        code=code_version("save_exposures"),
    script:
        "../../scripts/save_exposures.py"


# In a field a mosaic follows its product's list of outliers, not the flags made from it: what changes these is part
# of the list. (Snakemake does not look at the params of a job that waits for ancient input.)
FLAGS = (
    [settings("flag_outliers"), code_version("flag_outliers")]
    if SETTINGS["field"]
    else None
)


rule compare_exposures:
    """Compare what differs from the median with each other exposure (method pairwise)."""
    input:
        members=of_members("skymatch", is_there),
        levels=levels_of_field,
        grid=grids("outlier"),
        median=rules.make_median.output.median,
    output:
        outliers=f"{RESULTS}/{{product}}/{{product}}_outliers.asdf",
    log:
        f"{LOGS}/{{product}}/compare_exposures.log",
        times=f"{BENCHMARKS}/{{product}}/compare_exposures.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("compare_exposures"),
        runtime=runtime("compare_exposures"),
    params:
        grid=grid("outlier"),
        settings=settings("compare_exposures"),
        members=member_list,
        flags=FLAGS,
        code=code_version("compare_exposures"),
    script:
        "../../scripts/compare_exposures.py"


rule flag_outliers:
    """Flag the outliers of the members of an exposure: those listed, or what differs from the median (method romancal)."""
    input:
        members=rules.subtract_sky.output.images,
        levels=levels_of_field,
        outliers=of_products("outliers", "pairwise"),
        median=of_products("median", "romancal"),
        grids=grids_of_products,
    output:
        images=images_after("outlier_detection"),
    log:
        f"{LOGS}/{{field}}/flag_outliers/{{exposure}}.log",
        times=f"{BENCHMARKS}/{{field}}/flag_outliers/{{exposure}}.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: IN_EXPOSURE
    resources:
        mem_mb=memory("flag_outliers"),
        runtime=runtime("flag_outliers"),
    params:
        grids=each_grid,
        settings=settings("flag_outliers"),
        code=code_version("flag_outliers"),
    script:
        "../../scripts/flag_outliers.py"
