"""Flag the outliers of the members of an exposure."""

from wfimosaic.workflow.job import job
from wfimosaic.outliers.flag_all_outliers import flag_all_outliers

with job(snakemake) as j:
    flag_all_outliers(
        [j.input.members],
        j.output.images,
        j.input.median,
        j.params.grids,
        j.input.outliers,
        workers=j.threads,
        **j.params.settings,
    )
