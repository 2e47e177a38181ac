"""Write a mosaic as PNG at full size."""

from wfimosaic.workflow.job import job
from wfimosaic.pictures.write_png import write_png

with job(snakemake) as j:
    write_png(j.input.mosaic, j.output.picture, **j.params.settings)
