"""The mosaic: from the flagged members to one image of the sky.

Needs the _outlier_detection files and the mosaic's grid; makes {product}_i2d.asdf, with noise_realizations
{product}_noise.asdf, and with `snakemake fits` {product}_i2d.fits.
"""


rule resample:
    """Drizzle all flagged members together: the mosaic."""
    input:
        members=flagged_members,
        outliers=own_outliers,
        levels=levels_of_field,
        complete=complete_in_field,
        grid=grids("mosaic"),
    output:
        **noise_realizations(),
        mosaic=f"{MOSAIC}.asdf",
    log:
        f"{LOGS}/{{product}}/resample.log",
        times=f"{BENCHMARKS}/{{product}}/resample.tsv",
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("resample"),
        runtime=runtime("resample"),
    params:
        grid=grid("mosaic"),
        defined=defined_by("define_mosaic_grid"),
        settings=settings("resample"),
        members=member_list,
        association=association,
        record=record,
        code=code_version("resample"),
    script:
        "../../scripts/resample.py"


rule write_fits:
    """Write a mosaic as FITS."""
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        fits=f"{MOSAIC}.fits",
    log:
        f"{LOGS}/{{product}}/write_fits.log",
        times=f"{BENCHMARKS}/{{product}}/write_fits.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("write_fits"),
        runtime=runtime("write_fits"),
    params:
        code=code_version("write_fits"),
    script:
        "../../scripts/write_fits.py"


rule fits:
    """Write the mosaics of all products as FITS."""
    input:
        expand(rules.write_fits.output.fits, product=mosaics()),
