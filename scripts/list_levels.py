"""List the sky levels of a field's members, without overlaps."""

from wfimosaic.workflow.job import job
from wfimosaic.sky.list_levels import list_levels

with job(snakemake) as j:
    list_levels(j.input.sky, j.output.levels)
