"""Find a sky level for every member."""

from wfimosaic.workflow.job import job
from wfimosaic.sky.match_sky import match_sky

with job(snakemake) as j:
    backgrounds = dict(zip(j.params.background_names, j.input.backgrounds, strict=True))
    match_sky(j.input.grid, j.output.sky, background_images=backgrounds, workers=j.threads, **j.params.settings)
