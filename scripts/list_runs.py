"""List how long the jobs of a product ran."""

from wfimosaic.workflow.job import job
from wfimosaic.report.list_runs import list_runs

with job(snakemake) as j:
    list_runs(j.params.benchmarks, j.output.page, j.wildcards.product, j.params.field)
