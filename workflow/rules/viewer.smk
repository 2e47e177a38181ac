"""Mosaics in the browser. `snakemake hips` makes the pages, `wfimosaic view` shows them.

Needs the mosaic and its grid; makes the folder {product}/hips/.
"""

VIEWER = f"{REPOSITORY}/workflow/view"


rule make_viewer:
    """Cut a mosaic into HiPS tiles and make the page that shows them."""
    input:
        mosaic=rules.resample.output.mosaic,
        grid=grids("mosaic"),
        viewer=[
            f"{VIEWER}/index.html",
            f"{VIEWER}/view.js",
            f"{VIEWER}/aladin-lite/aladin.js",
        ],
    output:
        folder=directory(f"{RESULTS}/{{product}}/hips"),
    log:
        f"{LOGS}/{{product}}/make_viewer.log",
    benchmark:
        f"{BENCHMARKS}/{{product}}/make_viewer.tsv"
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("make_viewer"),
        runtime=runtime("make_viewer"),
    params:
        grid=grid("mosaic"),
        code=code_version("make_viewer"),
    script:
        "../../scripts/make_viewer.py"


rule hips:
    """Make the pages of all products for `wfimosaic view`."""
    input:
        expand(rules.make_viewer.output.folder, product=mosaics()),
