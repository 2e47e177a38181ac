"""Draw where outliers lie and how many pixels are flagged."""

from wfimosaic.workflow.job import job
from wfimosaic.report.plot_flags import plot_flags

with job(snakemake) as j:
    plot_flags(j.input.flags, j.params.grid, j.output.outliers, j.output.flagged, j.wildcards.product)
