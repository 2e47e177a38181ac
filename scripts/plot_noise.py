"""Draw the noise of a mosaic's empty sky: of pixels and of apertures."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_noise import plot_noise

with job(snakemake) as j:
    plot_noise(j.input.mosaic, j.output.picture, j.output.apertures, j.wildcards.product)
