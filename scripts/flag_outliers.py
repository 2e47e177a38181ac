"""Flag the outliers of a member."""

from wfimosaic.workflow.job import job
from wfimosaic.outliers.flag_outliers import flag_outliers

with job(snakemake) as j:
    flag_outliers(
        j.input.member,
        j.output.image,
        j.wildcards.member,
        j.input.median,
        j.input.grid,
        j.input.outliers,
        **j.params.settings,
    )
