"""Sky levels: from the _cal files to images in MJy/sr without their sky.

Needs the _cal files and the outlier grid; makes {product}_sky.json, the level of each member, and one
{member}_skymatch.asdf for each.
"""


rule match_sky:
    """Measure the sky where members overlap, and solve for one level for each member."""
    input:
        members=member_files,
        grid=rules.define_grid.output.grid,
        skylist=SETTINGS["skymatch"]["skylist"] or [],
        backgrounds=background_list,
    output:
        sky=f"{RESULTS}/{{product}}/{{product}}_sky.json",
    log:
        f"{LOGS}/{{product}}/match_sky.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/match_sky.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("match_sky"),
        runtime=runtime("match_sky"),
    params:
        settings=settings("match_sky"),
        background_names=background_names,
        members=member_list,
        code=code_version("match_sky"),
    script:
        "../../scripts/match_sky.py"


rule subtract_sky:
    """Scale a member to MJy/sr and subtract its sky level."""
    input:
        member=member_file,
        sky=rules.match_sky.output.sky,
        background=background_file,
    output:
        image=f"{RESULTS}/{{product}}/{{member}}_skymatch.asdf",
    log:
        f"{LOGS}/{{product}}/subtract_sky/{{member}}.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/subtract_sky/{{member}}.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("subtract_sky"),
        runtime=runtime("subtract_sky"),
    params:
        settings=settings("subtract_sky"),
        code=code_version("subtract_sky"),
    script:
        "../../scripts/subtract_sky.py"
