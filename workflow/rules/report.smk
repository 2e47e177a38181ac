"""Pictures and tables beyond the first look. `snakemake report` makes them all."""

PICTURES = f"{RESULTS}/{{product}}/report/{{product}}"


report: "../report/workflow.rst"


rule report:
    input:
        final_files(),
        report_files(),


rule plot_maps:
    input:
        mosaic=rules.resample.output.mosaic,
        grid=rules.define_mosaic_grid.output.grid,
    output:
        coverage=report(
            f"{PICTURES}_coverage.png",
            caption="../report/coverage.rst",
            category="{product}",
            subcategory="Maps",
            labels={"figure": "Coverage"},
        ),
        exposure_time=report(
            f"{PICTURES}_exposure_time.png",
            caption="../report/exposure_time.rst",
            category="{product}",
            subcategory="Maps",
            labels={"figure": "Exposure time"},
        ),
        weight=report(
            f"{PICTURES}_weight.png",
            caption="../report/weight.rst",
            category="{product}",
            subcategory="Maps",
            labels={"figure": "Weight"},
        ),
        error=report(
            f"{PICTURES}_error.png",
            caption="../report/error.rst",
            category="{product}",
            subcategory="Maps",
            labels={"figure": "Error"},
        ),
        depth=report(
            f"{PICTURES}_depth.png",
            caption="../report/depth.rst",
            category="{product}",
            subcategory="Maps",
            labels={"figure": "Depth"},
        ),
    log:
        f"{LOGS}/{{product}}/plot_maps.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_maps.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_maps"),
        runtime=runtime("plot_maps"),
    params:
        code=code_version("plot_maps"),
    script:
        "../../scripts/plot_maps.py"


rule plot_footprints:
    input:
        grid=rules.define_mosaic_grid.output.grid,
    output:
        picture=report(
            f"{PICTURES}_footprints.png",
            caption="../report/footprints.rst",
            category="{product}",
            subcategory="Members",
            labels={"figure": "Footprints"},
        ),
    log:
        f"{LOGS}/{{product}}/plot_footprints.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_footprints.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_footprints"),
        runtime=runtime("plot_footprints"),
    params:
        code=code_version("plot_footprints"),
    script:
        "../../scripts/plot_footprints.py"


rule plot_sky:
    input:
        sky=rules.match_sky.output.sky,
        grid=rules.define_grid.output.grid,
    output:
        levels=report(
            f"{PICTURES}_sky.png",
            caption="../report/sky.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Sky levels"},
        ),
        seams=report(
            f"{PICTURES}_seams.png",
            caption="../report/seams.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Seams on the sky"},
        ),
        steps=report(
            f"{PICTURES}_steps.png",
            caption="../report/steps.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Seams in units of their error"},
        ),
    log:
        f"{LOGS}/{{product}}/plot_sky.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_sky.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_sky"),
        runtime=runtime("plot_sky"),
    params:
        settings=settings("plot_sky"),
        code=code_version("plot_sky"),
    script:
        "../../scripts/plot_sky.py"


rule plot_noise:
    input:
        mosaic=rules.resample.output.mosaic,
        grid=rules.define_mosaic_grid.output.grid,
    output:
        picture=report(
            f"{PICTURES}_noise.png",
            caption="../report/noise.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Noise of empty sky"},
        ),
    log:
        f"{LOGS}/{{product}}/plot_noise.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_noise.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_noise"),
        runtime=runtime("plot_noise"),
    params:
        code=code_version("plot_noise"),
    script:
        "../../scripts/plot_noise.py"


rule count_flags:
    input:
        members=of_members("outlier_detection"),
        grid=rules.define_mosaic_grid.output.grid,
    output:
        flags=f"{RESULTS}/{{product}}/report/{{product}}_flags.asdf",
    log:
        f"{LOGS}/{{product}}/count_flags.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/count_flags.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("count_flags"),
        runtime=runtime("count_flags"),
    params:
        members=member_list,
        code=code_version("count_flags"),
    script:
        "../../scripts/count_flags.py"


rule plot_flags:
    input:
        flags=rules.count_flags.output.flags,
        grid=rules.define_mosaic_grid.output.grid,
    output:
        outliers=report(
            f"{PICTURES}_outliers.png",
            caption="../report/outliers.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Outliers on the sky"},
        ),
        flagged=report(
            f"{PICTURES}_flagged.png",
            caption="../report/flagged.rst",
            category="{product}",
            subcategory="Checks",
            labels={"figure": "Flagged pixels by detector"},
        ),
    log:
        f"{LOGS}/{{product}}/plot_flags.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_flags.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_flags"),
        runtime=runtime("plot_flags"),
    params:
        code=code_version("plot_flags"),
    script:
        "../../scripts/plot_flags.py"


rule list_members:
    input:
        mosaic=rules.resample.output.mosaic,
        grid=rules.define_mosaic_grid.output.grid,
        sky=rules.match_sky.output.sky,
        flags=rules.count_flags.output.flags,
    output:
        page=report(
            f"{PICTURES}_members.html",
            caption="../report/members.rst",
            category="{product}",
            subcategory="Members",
            labels={"figure": "Table of members"},
        ),
    log:
        f"{LOGS}/{{product}}/list_members.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/list_members.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_members"),
        runtime=runtime("list_members"),
    params:
        code=code_version("list_members"),
    script:
        "../../scripts/list_members.py"


rule list_settings:
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        page=report(
            f"{PICTURES}_settings.html",
            caption="../report/settings.rst",
            category="{product}",
            subcategory="Run",
            labels={"figure": "Settings, versions and inputs"},
        ),
    log:
        f"{LOGS}/{{product}}/list_settings.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/list_settings.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_settings"),
        runtime=runtime("list_settings"),
    params:
        code=code_version("list_settings"),
    script:
        "../../scripts/list_settings.py"


rule list_runs:
    input:
        lambda wildcards: (
            of_members("outlier_detection")(wildcards)
            if SETTINGS["resample"]["skip"]
            else rules.resample.output.mosaic
        ),
    output:
        page=report(
            f"{PICTURES}_runs.html",
            caption="../report/runs.rst",
            category="{product}",
            subcategory="Run",
            labels={"figure": "Run times and memory"},
        ),
    log:
        f"{LOGS}/{{product}}/list_runs.log",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_runs"),
        runtime=runtime("list_runs"),
    params:
        benchmarks=f"{BENCHMARKS}/{{product}}",
        code=code_version("list_runs"),
    script:
        "../../scripts/list_runs.py"
