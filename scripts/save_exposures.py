"""Write the drizzled image of each exposure, for a look at what outlier detection sees."""

from wfimosaic.workflow.job import job
from wfimosaic.files.exposure_folder import images_in
from wfimosaic.outliers.save_exposures import save_exposures

with job(snakemake) as j:
    save_exposures(
        images_in(j.input.members),
        j.params.grid,
        j.output.listing,
        suffix=j.params.suffix,
        workers=j.threads,
        **j.params.settings,
    )
