"""Drizzle the flagged members of a product to its mosaic."""

from wfimosaic.workflow.job import job
from wfimosaic.files.exposure_folder import images_of
from wfimosaic.mosaic.resample import resample

with job(snakemake) as j:
    resample(
        images_of(j.params.members, j.input.members),
        j.params.grid,
        j.output.mosaic,
        association=j.params.association,
        record=j.params.record,
        workers=j.threads,
        **j.params.settings,
    )
