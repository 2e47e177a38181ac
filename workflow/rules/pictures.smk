"""A first look at each mosaic.

Needs {product}_i2d.asdf; makes {product}_i2d.png, and with `snakemake png` {product}_i2d_full.png.
"""


rule plot_mosaic:
    """Draw a first look at a mosaic."""
    input:
        mosaic=rules.resample.output.mosaic,
        levels=levels_of_field,
    output:
        picture=figure(f"{MOSAIC}.png", "mosaic", "Maps", "Mosaic"),
    log:
        f"{LOGS}/{{product}}/plot_mosaic.log",
        times=f"{BENCHMARKS}/{{product}}/plot_mosaic.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("plot_mosaic"),
        runtime=runtime("plot_mosaic"),
    params:
        settings=settings("plot_mosaic"),
        code=code_version("plot_mosaic"),
    script:
        "../../scripts/plot_mosaic.py"


rule write_png:
    """Write a mosaic as PNG at full size."""
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        picture=f"{MOSAIC}_full.png",
    log:
        f"{LOGS}/{{product}}/write_png.log",
        times=f"{BENCHMARKS}/{{product}}/write_png.tsv",
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory("write_png"),
        runtime=runtime("write_png"),
    params:
        settings=settings("plot_mosaic"),
        code=code_version("write_png"),
    script:
        "../../scripts/write_png.py"


rule png:
    """Write the mosaics of all products as PNG at full size."""
    input:
        expand(rules.write_png.output.picture, product=mosaics()),
