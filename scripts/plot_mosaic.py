"""Draw a first look at a mosaic."""

from wfimosaic.workflow.job import job
from wfimosaic.pictures.plot_mosaic import plot_mosaic

with job(snakemake) as j:
    plot_mosaic(j.input.mosaic, j.output.picture, **j.params.settings)
