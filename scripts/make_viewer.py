"""Make the sky viewer of a mosaic."""

from wfimosaic.workflow.job import job
from wfimosaic.viewer.make_viewer import make_viewer

with job(snakemake) as j:
    make_viewer([j.input.mosaic], [j.params.grid], j.input.viewer, j.output.folder, workers=j.threads)
