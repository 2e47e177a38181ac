"""Make the median image of a product's exposures."""

from wfimosaic.job import job
from wfimosaic.make_median import make_median

with job(snakemake) as j:
    make_median(j.input.members, j.input.grid, j.output.median, workers=j.threads, **j.params.settings)
