"""List the settings that a mosaic was made with."""

from wfimosaic.workflow.job import job
from wfimosaic.report.list_settings import list_settings

with job(snakemake) as j:
    list_settings(j.input.mosaic, j.output.page, j.params.settings)
