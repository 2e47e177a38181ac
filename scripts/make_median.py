"""Make the median image of a product's exposures."""

from wfimosaic.workflow.job import job
from wfimosaic.files.exposure_folder import images_in
from wfimosaic.outliers.make_median import make_median

with job(snakemake) as j:
    make_median(images_in(j.input.members), j.params.grid, j.output.median, workers=j.threads, **j.params.settings)
