"""Write a mosaic as FITS."""

from wfimosaic.workflow.job import job
from wfimosaic.mosaic.write_fits import fits_mosaic

with job(snakemake) as j:
    fits_mosaic(j.input.mosaic, j.output.fits)
