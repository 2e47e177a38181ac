"""Draw the sky levels of a product's members and the steps left between them."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_sky import plot_sky

with job(snakemake) as j:
    plot_sky(
        j.input.sky,
        j.params.grid,
        j.output.levels,
        j.output.seams,
        j.output.steps,
        j.wildcards.product,
    )
