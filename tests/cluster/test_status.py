"""A Slurm that forgets ended jobs soon: refused at the start with squeue, no hindrance with sacct."""

from . import slurm
from .conftest import assert_same_mosaic


def test_slurm_that_forgets_jobs_is_noticed_at_the_start(new_project, few, local_mosaic, monkeypatch):
    project = new_project("forgetful")
    project.configure(associations=[project.associate("P", few)])
    monkeypatch.setenv("SLURM_MIN_JOB_AGE", "2")
    try:
        slurm.control("start")
        code, output = project.run()
        assert code == 1 and "Slurm forgets ended jobs after 2 s (MinJobAge)" in output, output[-3000:]
        assert "Traceback" not in output and not project.jobs()
        code, output = project.run("--slurm-status-command", "sacct")
        assert code == 0, output[-3000:]
    finally:
        monkeypatch.delenv("SLURM_MIN_JOB_AGE")
        slurm.control("start")
    assert_same_mosaic(project.mosaic("P"), local_mosaic)
