"""Make the sky viewer of all mosaics of a field, a page for each filter."""

from wfimosaic.workflow.job import job
from wfimosaic.viewer.make_field_viewer import make_field_viewer

with job(snakemake) as j:
    make_field_viewer(
        j.input.mosaics,
        j.params.grids,
        j.input.viewer,
        j.output.folder,
        j.wildcards.field,
        missing=list(j.params.missing),
        workers=j.threads,
    )
