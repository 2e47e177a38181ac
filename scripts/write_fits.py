"""Write a mosaic as FITS."""

from wfimosaic.job import job
from wfimosaic.fits_mosaic import fits_mosaic

with job(snakemake) as j:
    fits_mosaic(j.input.mosaic, j.output.fits)
