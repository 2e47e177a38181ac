"""Read the headers of a field's members."""

from wfimosaic.workflow.job import job
from wfimosaic.grid.define_field import define_field

with job(snakemake) as j:
    there = set(j.input.members)
    members = [member for member in j.params.members if member[0] in there]
    define_field(members, j.output.table, workers=j.threads)
