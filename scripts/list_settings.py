"""List the settings that a mosaic was made with."""

from wfimosaic.job import job
from wfimosaic.list_settings import list_settings

with job(snakemake) as j:
    list_settings(j.input.mosaic, j.output.page, j.params.settings)
