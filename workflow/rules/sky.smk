"""Sky levels: from the _cal files to images in MJy/sr without their sky.

Needs the _cal files and where they lie; makes {field}_sky.json, the level of each member, and one
{member}_skymatch.asdf for each. A product that shares no field with others is one by itself.
"""


localrules:
    list_levels,


rule match_sky:
    """Measure the sky where members overlap, and solve for one level for each member."""
    input:
        members=member_files,
        grid=sky_positions,
        skylist=SETTINGS["skymatch"]["skylist"] or [],
        backgrounds=background_files_of,
    output:
        sky=f"{RESULTS}/{{field}}/{{field}}_sky.json",
    log:
        f"{LOGS}/{{field}}/match_sky.log",
        times=f"{BENCHMARKS}/{{field}}/match_sky.tsv",
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
        versions=versions,
        code=code_version("match_sky"),
    script:
        "../../scripts/match_sky.py"


checkpoint list_levels:
    """List the levels of a field alone: then it is known which members have another one, and only these run again.

    Grids come before it: which products have another one is looked at when this has run.
    """
    input:
        sky=rules.match_sky.output.sky,
        grids=rules.define_field_grids.output,
    output:
        levels=f"{RESULTS}/{{field}}/{{field}}_levels.json",
    log:
        f"{LOGS}/{{field}}/list_levels.log",
    conda:
        "../../envs/mosaic.yaml"
    params:
        code=code_version("list_levels"),
    script:
        "../../scripts/list_levels.py"


rule subtract_sky:
    """Scale the members of an exposure to MJy/sr and subtract their sky levels."""
    input:
        members=member_files,
        sky=sky_levels,
        backgrounds=background_files_of,
    output:
        images=images_after("skymatch"),
    log:
        f"{LOGS}/{{field}}/subtract_sky/{{exposure}}.log",
        times=f"{BENCHMARKS}/{{field}}/subtract_sky/{{exposure}}.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: IN_EXPOSURE
    resources:
        mem_mb=memory("subtract_sky"),
        runtime=runtime("subtract_sky"),
    params:
        settings=settings("subtract_sky"),
        stems=stems_there,
        background_names=background_names,
        versions=versions,
        states=states,
        in_field=bool(SETTINGS["field"]),
        code=code_version("subtract_sky"),
    script:
        "../../scripts/subtract_sky.py"
