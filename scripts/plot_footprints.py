"""Draw the footprints of a product's members."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_footprints import plot_footprints

with job(snakemake) as j:
    plot_footprints(j.params.grid, j.output.picture, j.wildcards.product)
