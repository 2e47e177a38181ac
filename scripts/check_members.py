"""Fail for a product of which a member is missing, so that the others go on."""

from wfimosaic.workflow.job import job
from wfimosaic.errors import InputError

with job(snakemake) as j:
    raise InputError(j.params.missing)
