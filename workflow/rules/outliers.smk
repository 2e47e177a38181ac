rule make_median:
    input:
        members=of_members("skymatch"),
        grid=rules.define_grid.output.grid,
    output:
        median=f"{RESULTS}/{{product}}/{{product}}_median.asdf",
    log:
        f"{LOGS}/{{product}}/make_median.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/make_median.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory(4000, 0),
        runtime=runtime(10, 5),
    params:
        settings=settings("make_median"),
        members=member_list,
        code=code_version("make_median"),
    script:
        "../../scripts/make_median.py"


rule save_exposures:
    input:
        members=of_members("skymatch"),
        grid=rules.define_grid.output.grid,
    output:
        listing=f"{RESULTS}/{{product}}/{{product}}_exposures.txt",
    log:
        f"{LOGS}/{{product}}/save_exposures.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/save_exposures.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory(4000, 0),
        runtime=runtime(10, 5),
    params:
        settings=settings("save_exposures"),
        members=member_list,
        code=code_version("save_exposures"),
    script:
        "../../scripts/save_exposures.py"


rule flag_outliers:
    input:
        member=rules.subtract_sky.output.image,
        median=unless_skipped("outlier_detection", rules.make_median.output.median),
        grid=unless_skipped("outlier_detection", rules.define_grid.output.grid),
    output:
        image=f"{RESULTS}/{{product}}/{{member}}_outlier_detection.asdf",
    log:
        f"{LOGS}/{{product}}/flag_outliers/{{member}}.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/flag_outliers/{{member}}.tsv"
    conda:
        "../../envs/mosaic.yaml"
    resources:
        mem_mb=memory(1200, 0),
        runtime=runtime(10, 0),
    params:
        settings=settings("flag_outliers"),
        code=code_version("flag_outliers"),
    script:
        "../../scripts/flag_outliers.py"
