"""Scale the members of an exposure to MJy/sr and subtract their sky levels."""

from wfimosaic.workflow.job import job
from wfimosaic.sky.subtract_skies import subtract_skies

with job(snakemake) as j:
    subtract_skies(
        j.input.members,
        j.input.sky,
        j.output.images,
        j.params.stems,
        backgrounds=dict(zip(j.params.background_names, j.input.backgrounds, strict=True)),
        in_field=j.params.in_field,
        workers=j.threads,
        **j.params.settings,
    )
