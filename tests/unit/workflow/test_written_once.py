"""check_written_once: options that YAML would drop without a word."""

import pytest
from wfimosaic.errors import InputError
from wfimosaic.workflow.written_once import check_written_once


def test_what_stands_twice_is_named_with_its_line(tmp_path):
    path = tmp_path / "my.yaml"
    for text, name, line in (
        ("flux: {skip: true}\nkeep: all\nflux: {}\n", "flux", 3),
        ("resample:\n  kernel: point\n  kernel: square\n", "kernel", 3),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=rf"my\.yaml: {name} stands there twice, again in line {line}: join"):
            check_written_once(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a list\n",
        "resample: {kernel: point}\noutlier_detection: {kernel: point}\n",
        "? [1, 2]\n: 1\n? [1, 3]\n: 2\n",
        "flux: [\n",
    ],
)
def test_all_else_is_left_alone(tmp_path, text):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    check_written_once(path)
    check_written_once(tmp_path / "no.yaml")
