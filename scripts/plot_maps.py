"""Draw what a mosaic knows of itself."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_maps import plot_maps

with job(snakemake) as j:
    plot_maps(j.input.mosaic, j.params.grid, **dict(j.output.items()))
