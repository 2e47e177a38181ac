"""Define the grid that outliers are found on, and where each member falls on it."""

from wfimosaic.workflow.job import job
from wfimosaic.grid.define_grid import define_grid

with job(snakemake) as j:
    define_grid(j.params.members, j.output.grid, workers=j.threads, **j.params.product, **j.params.settings)
