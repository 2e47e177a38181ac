"""Draw the width of a mosaic's PSF."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_psf import plot_psf

with job(snakemake) as j:
    plot_psf(j.input.mosaic, j.output.picture, j.output.widths, **j.params.settings)
