"""Write a mosaic as FITS."""

from wfimosaic.workflow.job import job
from wfimosaic.mosaic.write_fits import write_fits

with job(snakemake) as j:
    write_fits(j.input.mosaic, j.output.fits)
