"""List the members of a mosaic."""

from wfimosaic.workflow.job import job
from wfimosaic.report.list_members import list_members

with job(snakemake) as j:
    list_members(j.input.mosaic, j.params.grid, j.input.sky, j.input.flags, j.output.page)
