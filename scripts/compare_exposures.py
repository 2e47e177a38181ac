"""Compare a product's exposures with each other, and list their outliers."""

from wfimosaic.workflow.job import job
from wfimosaic.comparison.compare_exposures import compare_exposures
from wfimosaic.files.exposure_folder import images_in

with job(snakemake) as j:
    compare_exposures(
        images_in(j.input.members),
        j.params.grid,
        j.input.median,
        j.output.outliers,
        workers=j.threads,
        **j.params.settings,
    )
