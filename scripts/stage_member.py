"""Copy a member from its URL."""

from wfimosaic.workflow.job import job
from wfimosaic.remote.remote_files import copy_file

with job(snakemake) as j:
    copy_file(j.params.url, j.output.member)
