"""Sky levels: from the _cal files to images in MJy/sr without their sky.

Needs the _cal files and where they lie; makes {field}_sky.json, the level of each member, and one
{member}_skymatch.asdf for each. A product that shares no field with others is one by itself.
"""


rule match_sky:
    """Measure the sky where members overlap, and solve for one level for each member."""
    input:
        members=member_files,
        grid=sky_positions,
        skylist=SETTINGS["skymatch"]["skylist"] or [],
        backgrounds=background_list,
    output:
        sky=f"{RESULTS}/{{field}}/{{field}}_sky.json",
    log:
        f"{LOGS}/{{field}}/match_sky.log",
    benchmark:
        f"{BENCHMARKS}/{{field}}/match_sky.tsv"
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


rule subtract_sky:
    """Scale a member to MJy/sr and subtract its sky level."""
    input:
        member=member_file,
        sky=rules.match_sky.output.sky,
        background=background_file,
    output:
        image=f"{RESULTS}/{{field}}/{{member}}_skymatch.asdf",
    log:
        f"{LOGS}/{{field}}/subtract_sky/{{member}}.log",
    benchmark:
        f"{BENCHMARKS}/{{field}}/subtract_sky/{{member}}.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("subtract_sky"),
        runtime=runtime("subtract_sky"),
    params:
        settings=settings("subtract_sky"),
        version=member_version,
        in_field=bool(SETTINGS["field"]),
        code=code_version("subtract_sky"),
    script:
        "../../scripts/subtract_sky.py"
