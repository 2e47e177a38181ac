"""List how long the jobs of a product ran."""

from wfimosaic.job import job
from wfimosaic.list_runs import list_runs

with job(snakemake) as j:
    list_runs(j.params.benchmarks, j.output.page, j.wildcards.product)
