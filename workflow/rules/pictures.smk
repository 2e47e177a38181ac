"""A first look at each mosaic.

Needs {product}_i2d.asdf; makes {product}_i2d.png.
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
    benchmark:
        f"{BENCHMARKS}/{{product}}/plot_mosaic.tsv"
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
