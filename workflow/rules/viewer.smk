"""Mosaics in the browser. `snakemake hips` makes the pages, `wfimosaic view` shows them.

Needs the mosaic and its grid; makes the folder {product}/hips/, or for all mosaics of a field {field}/hips/.
"""

PAGE = f"{PACKAGE}/viewer/page"


rule make_viewer:
    """Cut a mosaic into HiPS tiles and make the page that shows them."""
    input:
        mosaic=rules.resample.output.mosaic,
        grid=grids("mosaic"),
        viewer=[
            f"{PAGE}/index.html",
            f"{PAGE}/view.js",
            f"{PAGE}/aladin-lite/aladin.js",
        ],
    output:
        folder=directory(f"{RESULTS}/{{product}}/hips"),
    log:
        f"{LOGS}/{{product}}/make_viewer.log",
        times=f"{BENCHMARKS}/{{product}}/make_viewer.tsv",
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


rule make_field_viewer:
    """Cut all mosaics of a field into HiPS tiles of one sky, and make a page for each filter."""
    input:
        mosaics=shown_mosaics,
        viewer=rules.make_viewer.input.viewer,
    output:
        folder=directory(f"{RESULTS}/{{field}}/hips"),
    log:
        f"{LOGS}/{{field}}/make_field_viewer.log",
        times=f"{BENCHMARKS}/{{field}}/make_field_viewer.tsv",
    wildcard_constraints:
        field=re.escape(SETTINGS["field"] or "no field"),
    conda:
        "../../envs/mosaic.yaml"
    threads: 16
    resources:
        mem_mb=memory("make_field_viewer"),
        runtime=lambda wildcards, input: 10 + 2 * len(input.mosaics),
    params:
        grids=shown_grids,
        missing=not_shown,
        code=code_version("make_field_viewer"),
    script:
        "../../scripts/make_field_viewer.py"


rule hips:
    """Make the pages of all products, or of a field, for `wfimosaic view`."""
    input:
        (
            expand(rules.make_field_viewer.output.folder, field=SETTINGS["field"])
            if SETTINGS["field"] and mosaics()
            else expand(rules.make_viewer.output.folder, product=mosaics())
        ),
        missing_of_pages,
