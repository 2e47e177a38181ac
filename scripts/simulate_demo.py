"""Simulate the members of the demo's association."""

from wfimosaic.job import job
from wfimosaic.simulation import simulate_members

with job(snakemake) as j:
    simulate_members(j.output, workers=j.threads, **j.params.settings)
