"""Pictures and tables beyond the first look. `snakemake report` makes them all.

Needs the mosaic, both grids, the sky levels and the flagged members; makes the files of {product}/report/.
"""

PICTURES = f"{RESULTS}/{{product}}/report/{{product}}"


report: "../report/workflow.rst"


rule plot_maps:
    """Draw coverage, what is not checked for outliers, exposure time, weight, error and depth of a mosaic."""
    input:
        mosaic=rules.resample.output.mosaic,
        grid=grids("mosaic"),
    output:
        coverage=figure(f"{PICTURES}_coverage.png", "coverage", "Maps", "Coverage"),
        unchecked=figure(
            f"{PICTURES}_unchecked.png",
            "unchecked",
            "Maps",
            "Not checked for outliers",
        ),
        exposure_time=figure(
            f"{PICTURES}_exposure_time.png", "exposure_time", "Maps", "Exposure time"
        ),
        weight=figure(f"{PICTURES}_weight.png", "weight", "Maps", "Weight"),
        error=figure(f"{PICTURES}_error.png", "error", "Maps", "Error"),
        depth=figure(f"{PICTURES}_depth.png", "depth", "Maps", "Depth"),
    log:
        f"{LOGS}/{{product}}/plot_maps.log",
        times=f"{BENCHMARKS}/{{product}}/plot_maps.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_maps"),
        runtime=runtime("plot_maps"),
    params:
        grid=grid("mosaic"),
        code=code_version("plot_maps"),
    script:
        "../../scripts/plot_maps.py"


rule plot_psf:
    """Measure the PSF all over a mosaic and draw its width, if psf.epsf is set."""
    input:
        mosaic=rules.resample.output.mosaic,
        members=flagged_members,
        grid=grids("mosaic"),
        epsf=epsf_files,
    output:
        picture=figure(f"{PICTURES}_psf.png", "psf", "Maps", "Width of the PSF"),
        widths=f"{PICTURES}_psf.asdf",
    log:
        f"{LOGS}/{{product}}/plot_psf.log",
        times=f"{BENCHMARKS}/{{product}}/plot_psf.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_psf"),
        runtime=runtime("plot_psf"),
    params:
        settings=settings("plot_psf"),
        code=code_version("plot_psf"),
    script:
        "../../scripts/plot_psf.py"


rule plot_footprints:
    """Draw where the members lie on the sky."""
    input:
        grid=grids("mosaic"),
    output:
        picture=figure(
            f"{PICTURES}_footprints.png", "footprints", "Members", "Footprints"
        ),
    log:
        f"{LOGS}/{{product}}/plot_footprints.log",
        times=f"{BENCHMARKS}/{{product}}/plot_footprints.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_footprints"),
        runtime=runtime("plot_footprints"),
    params:
        grid=grid("mosaic"),
        code=code_version("plot_footprints"),
    script:
        "../../scripts/plot_footprints.py"


rule plot_sky:
    """Draw the sky levels and the residual sky offsets between members."""
    input:
        sky=sky_record,
        grid=grids("outlier"),
    output:
        levels=figure(f"{PICTURES}_sky.png", "sky", "Checks", "Sky levels"),
        seams=figure(f"{PICTURES}_seams.png", "seams", "Checks", "Seams on the sky"),
        steps=figure(
            f"{PICTURES}_steps.png", "steps", "Checks", "Seams in units of their error"
        ),
    log:
        f"{LOGS}/{{product}}/plot_sky.log",
        times=f"{BENCHMARKS}/{{product}}/plot_sky.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_sky"),
        runtime=runtime("plot_sky"),
    params:
        grid=grid("outlier"),
        code=code_version("plot_sky"),
    script:
        "../../scripts/plot_sky.py"


rule plot_noise:
    """Compare the noise of pixels and of apertures on empty sky with the error."""
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        picture=figure(f"{PICTURES}_noise.png", "noise", "Checks", "Noise of empty sky"),
        apertures=figure(
            f"{PICTURES}_apertures.png", "apertures", "Checks", "Depth in apertures"
        ),
    log:
        f"{LOGS}/{{product}}/plot_noise.log",
        times=f"{BENCHMARKS}/{{product}}/plot_noise.tsv",
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
    """Count the flagged pixels of each member, and where on the sky outliers lie."""
    input:
        members=of_members("outlier_detection"),
        complete=complete_in_field,
        grid=grids("mosaic"),
    output:
        flags=f"{PICTURES}_flags.asdf",
    log:
        f"{LOGS}/{{product}}/count_flags.log",
        times=f"{BENCHMARKS}/{{product}}/count_flags.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("count_flags"),
        runtime=runtime("count_flags"),
    params:
        grid=grid("mosaic"),
        members=member_list,
        code=code_version("count_flags"),
    script:
        "../../scripts/count_flags.py"


rule plot_flags:
    """Draw where outliers lie, and how many pixels of each detector are flagged."""
    input:
        flags=rules.count_flags.output.flags,
        grid=grids("mosaic"),
    output:
        outliers=figure(
            f"{PICTURES}_outliers.png", "outliers", "Checks", "Outliers on the sky"
        ),
        flagged=figure(
            f"{PICTURES}_flagged.png",
            "flagged",
            "Checks",
            "Flagged pixels by detector",
        ),
    log:
        f"{LOGS}/{{product}}/plot_flags.log",
        times=f"{BENCHMARKS}/{{product}}/plot_flags.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_flags"),
        runtime=runtime("plot_flags"),
    params:
        grid=grid("mosaic"),
        code=code_version("plot_flags"),
    script:
        "../../scripts/plot_flags.py"


rule list_members:
    """List the members: what each added to the mosaic, and which were excluded."""
    input:
        mosaic=rules.resample.output.mosaic,
        grid=grids("mosaic"),
        sky=sky_record,
        flags=rules.count_flags.output.flags,
    output:
        page=figure(
            f"{PICTURES}_members.html", "members", "Members", "Table of members"
        ),
    log:
        f"{LOGS}/{{product}}/list_members.log",
        times=f"{BENCHMARKS}/{{product}}/list_members.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_members"),
        runtime=runtime("list_members"),
    params:
        grid=grid("mosaic"),
        code=code_version("list_members"),
    script:
        "../../scripts/list_members.py"


rule list_settings:
    """List settings, package versions and inputs of a mosaic."""
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        page=figure(
            f"{PICTURES}_settings.html",
            "settings",
            "Run",
            "Settings, versions and inputs",
        ),
    log:
        f"{LOGS}/{{product}}/list_settings.log",
        times=f"{BENCHMARKS}/{{product}}/list_settings.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_settings"),
        runtime=runtime("list_settings"),
    params:
        settings=SETTINGS,
        code=code_version("list_settings"),
    script:
        "../../scripts/list_settings.py"


rule list_runs:
    """List run times and memory of the jobs of a product."""
    input:
        product_files,
    output:
        page=figure(f"{PICTURES}_runs.html", "runs", "Run", "Run times and memory"),
    log:
        f"{LOGS}/{{product}}/list_runs.log",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("list_runs"),
        runtime=runtime("list_runs"),
    params:
        benchmarks=f"{BENCHMARKS}/{{product}}",
        field=f"{BENCHMARKS}/{SETTINGS['field']}" if SETTINGS["field"] else None,
        code=code_version("list_runs"),
    script:
        "../../scripts/list_runs.py"


rule report:
    """Make all pictures and tables that the report shows, of all products."""
    input:
        final_files(),
        expand(
            [
                *rules.plot_footprints.output,
                *rules.plot_sky.output,
                *rules.plot_flags.output,
                *rules.list_runs.output,
            ],
            product=PRODUCTS,
        ),
        expand(
            [
                *rules.plot_maps.output,
                *rules.plot_noise.output,
                *rules.list_members.output,
                *rules.list_settings.output,
            ],
            product=mosaics(),
        ),
        expand(
            rules.plot_psf.output, product=mosaics() if SETTINGS["psf"]["epsf"] else []
        ),
