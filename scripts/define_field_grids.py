"""Define the grids of all products of a field."""

from wfimosaic.workflow.job import job
from wfimosaic.association.association import read_associations
from wfimosaic.grid.define_field_grids import define_field_grids

with job(snakemake) as j:
    define_field_grids(
        j.input.field,
        list(read_associations(j.params.associations).values()),
        j.output.outlier_grids,
        j.output.mosaic_grids,
        j.params.outlier_settings,
        j.params.mosaic_settings,
        workers=j.threads,
    )
