"""code_version: edited code changes it, comments and formatting do not."""

import shutil

import pytest
from wfimosaic import code_version as module
from wfimosaic.code_version import PACKAGE, code_version


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the scripts, and functions to edit a file and to hash a script."""
    scripts = tmp_path / "elsewhere" / "scripts"
    shutil.copytree(PACKAGE.parent, scripts, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    monkeypatch.setattr(module, "PACKAGE", scripts / "wfimosaic")

    def edit(name, change):
        path = scripts / name
        text = path.read_text()
        assert change(text) != text
        path.write_text(change(text))

    def version(script):
        module._read.cache_clear()
        return code_version(scripts / script)

    return edit, version


def test_place_of_the_code_does_not_count(request):
    original = code_version(PACKAGE.parent / "resample.py")
    _, version = request.getfixturevalue("tree")
    assert version("resample.py") == original
    assert version("resample.py") != version("define_grid.py")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("wfimosaic/weights.py", lambda text: text + "\n# A comment.\n"),
        ("wfimosaic/weights.py", lambda text: text.replace("\n    return", "\n\n\n    return")),
        ("wfimosaic/weights.py", lambda text: text.replace("Give each pixel its weight.", "Weigh each pixel.")),
        ("wfimosaic/weights.py", lambda text: text.replace('"""Weights of', '"""The weights of')),
        ("wfimosaic/canvas.py", lambda text: text.replace('"""The arrays that', '"""Arrays that')),
        ("resample.py", lambda text: text.replace('"""Drizzle', '"""Now drizzle')),
        ("wfimosaic/weights.py", lambda text: text.replace("good * np.float32(value)", "(good * np.float32(value))")),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(tree, name, change):
    edit, version = tree
    before = version("resample.py")
    edit(name, change)
    assert version("resample.py") == before


@pytest.mark.parametrize(
    ("name", "old", "new", "rerun", "kept"),
    [
        ("resample.py", "j.threads", "1", "resample", "make_median"),
        # Imported by what the script imports.
        ("wfimosaic/weights.py", "seconds > 0", "seconds >= 0", "resample", "define_grid"),
        ("wfimosaic/sphere.py", "/ 2", "/ 2.5", "define_grid", "plot_mosaic"),
        # `from . import name` counts as well as `from .name import`.
        ("wfimosaic/pixel_map.py", "BLOCK = 256", "BLOCK = 128", "match_sky", "subtract_sky"),
        ("wfimosaic/sky_levels.py", "0.5 *", "0.6 *", "match_sky", "make_median"),
    ],
)
def test_code_counts_where_it_is_imported(tree, name, old, new, rerun, kept):
    edit, version = tree
    before = version(f"{rerun}.py"), version(f"{kept}.py")
    edit(name, lambda text: text.replace(old, new))
    assert version(f"{rerun}.py") != before[0]
    assert version(f"{kept}.py") == before[1]
