"""Mosaics as FITS. `snakemake fits` makes them all."""


rule write_fits:
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        fits=f"{RESULTS}/{{product}}/{{product}}_i2d.fits",
    log:
        f"{LOGS}/{{product}}/write_fits.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/write_fits.tsv"
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
    input:
        expand(rules.write_fits.output.fits, product=mosaics()),
