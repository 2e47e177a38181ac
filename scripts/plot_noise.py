"""Draw the noise of a mosaic's empty sky."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_noise import plot_noise

with job(snakemake) as j:
    plot_noise(j.input.mosaic, j.params.grid, j.output.picture, j.wildcards.product)
