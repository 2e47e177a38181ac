"""Find a sky level for every member."""

from wfimosaic.workflow.job import job
from wfimosaic.sky.match_sky import match_sky

with job(snakemake) as j:
    match_sky(j.input.grid, j.output.sky, workers=j.threads, **j.params.settings)
