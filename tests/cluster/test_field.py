"""A field on Slurm: each exposure once for all products, one job for each step, and the mosaics of a local run."""

from .conftest import assert_same_mosaic

PRODUCTS = {"A": slice(None), "B": slice(None, None, 2)}


def configure(project, simulated):
    associations = [project.associate(name, simulated.paths[part]) for name, part in PRODUCTS.items()]
    project.configure(associations=associations, field="F")


def test_field_on_slurm_makes_the_mosaics_of_a_local_run(new_project, simulated):
    local, slurm = new_project("local_field"), new_project("slurm_field")
    for project in (local, slurm):
        configure(project, simulated)
    local.start(profile=None)
    code, output = slurm.run()
    assert code == 0, output[-3000:]
    code, output = local.wait()
    assert code == 0, output[-3000:]
    for name in PRODUCTS:
        assert_same_mosaic(slurm.mosaic(name), local.mosaic(name))
    jobs = slurm.jobs()
    for job in jobs:
        assert job.state == "COMPLETED"
        assert job.used <= job.asked, job
    # Exposures are worked on in one job, for both products.
    names = [job.name for job in jobs]
    assert sum("subtract_sky" in name for name in names) == sum("flag_outliers" in name for name in names) == 1
