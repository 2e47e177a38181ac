"""Scale a member to MJy/sr and subtract its sky level."""

from wfimosaic.workflow.job import job
from wfimosaic.sky.subtract_sky import subtract_sky

with job(snakemake) as j:
    subtract_sky(
        j.input.member,
        j.input.sky,
        j.output.image,
        j.wildcards.member,
        background=j.input.background or None,
        in_field=j.params.in_field,
        **j.params.settings,
    )
