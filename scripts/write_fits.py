"""Write a mosaic as FITS."""

from wfimosaic.fits_mosaic import fits_mosaic
from wfimosaic.job import job

with job(snakemake) as j:
    fits_mosaic(j.input.mosaic, j.output.fits)
