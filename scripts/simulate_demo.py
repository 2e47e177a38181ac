"""Simulate the members of the demo's association."""

from wfimosaic.workflow.job import job
from wfimosaic.simulation.simulate_members import simulate_members

with job(snakemake) as j:
    simulate_members(j.output, workers=j.threads, **j.params.settings)
