"""results_folder: what make asks for, before snakemake has said what is wrong with a config."""

import pytest
from wfimosaic.workflow.results_folder import results_folder


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("results: /data/run1\n", "/data/run1"),
        ("keep: all\n", "results"),
        ("", "results"),
        ("- a\n", "results"),
        ("a: [", "results"),
    ],
)
def test_folder_that_a_config_names(tmp_path, text, folder):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    assert results_folder(path) == folder


def test_without_a_config_or_its_file_it_is_the_default():
    assert results_folder() == results_folder("no.yaml") == "results"
