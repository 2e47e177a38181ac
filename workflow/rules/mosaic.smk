rule resample:
    input:
        members=of_members("outlier_detection"),
        grid=rules.define_mosaic_grid.output.grid,
    output:
        mosaic=f"{RESULTS}/{{product}}/{{product}}_i2d.asdf",
    log:
        f"{LOGS}/{{product}}/resample.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/resample.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("resample"),
        runtime=runtime("resample"),
    params:
        settings=settings("resample"),
        members=member_list,
        association=association,
        record=record,
        code=code_version("resample"),
    script:
        "../../scripts/resample.py"


rule plot_mosaic:
    input:
        mosaic=rules.resample.output.mosaic,
    output:
        picture=figure(
            f"{RESULTS}/{{product}}/{{product}}_i2d.png", "mosaic", "Maps", "Mosaic"
        ),
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
