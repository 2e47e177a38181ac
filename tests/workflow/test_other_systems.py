"""Systems where workers are spawned and os.posix_fallocate is missing, as on macOS, make the same mosaic."""

import re

import numpy as np


def test_workflow_runs_without_fork_and_fallocate(new_project, finished):
    project = new_project()
    workers = project.folder / "scripts" / "wfimosaic" / "workers.py"
    text, count = re.subn(r"^START_METHOD = .*$", 'START_METHOD = "spawn"', workers.read_text(), flags=re.M)
    assert count == 1
    workers.write_text(text)
    (project.folder / "scripts" / "sitecustomize.py").write_text("import os\ndel os.posix_fallocate\n")
    output = project.run(warm=False)
    assert "Traceback" not in output
    old = finished.arrays()
    for name, array in project.arrays().items():
        np.testing.assert_array_equal(array, old[name])
