"""Define the mosaic's grid, and where each member falls on it."""

from wfimosaic.workflow.job import job
from wfimosaic.grid.define_grid import define_mosaic_grid

with job(snakemake) as j:
    define_mosaic_grid(j.input.grid, j.output.grid, **j.params.product, **j.params.settings)
