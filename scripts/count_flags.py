"""Count the flagged pixels of a product's members."""

from wfimosaic.workflow.job import job
from wfimosaic.files.exposure_folder import images_of
from wfimosaic.report.count_flags import count_flags

with job(snakemake) as j:
    count_flags(images_of(j.params.members, j.input.members), j.params.grid, j.output.flags, workers=j.threads)
