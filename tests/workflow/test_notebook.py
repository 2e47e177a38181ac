"""workflow/docs/first_mosaic.ipynb runs from its first cell to its last."""

import json
from pathlib import Path

import nbformat
import pytest

NAME = Path("workflow", "docs", "first_mosaic.ipynb")
NOTEBOOK = Path(__file__).resolve().parents[2] / NAME


def test_notebook_makes_a_mosaic_changes_a_step_and_shows_both(finished_copy):
    pytest.importorskip("ipykernel")
    nbclient = pytest.importorskip("nbclient")
    (finished_copy.folder / "config" / "config.yaml").write_text("associations: [asn.json]\n")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    setup = notebook.cells[1]
    setup.source = setup.source.replace('PRODUCT = "demo_f158"', 'PRODUCT = "P"')
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": finished_copy.folder / NAME.parent}}
    )
    client.execute(env=finished_copy.environment)
    cells = [cell.get("outputs", []) for cell in notebook.cells if cell.cell_type == "code"]
    printed = ["".join(output.get("text", "") for output in outputs) for outputs in cells]
    pictures = [sum("image/png" in output.get("data", {}) for output in outputs) for outputs in cells]
    assert sum(pictures) == 2 and not any(output.output_type == "error" for outputs in cells for output in outputs)
    assert "Nothing to be done" in printed[1]
    jobs = dict(line.split() for line in printed[4].splitlines()[2:-1])
    assert set(jobs) == {"define_mosaic_grid", "resample", "plot_mosaic", "all"}


def test_notebook_is_kept_without_what_a_run_adds():
    notebook = json.loads(NOTEBOOK.read_text())
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook["cells"])
