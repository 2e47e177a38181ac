"""code_version: edited code changes it, comments and formatting do not."""

import shutil
from pathlib import Path

import pytest
from wfimosaic.workflow import code_version as module
from wfimosaic.workflow.code_version import code_version

SCRIPTS = Path(module.__file__).resolve().parents[2]


class Tree:
    """A folder of scripts and a package whose files can be edited and hashed."""

    def __init__(self, scripts, package="wfimosaic"):
        self.scripts, self.package = scripts, package

    def write(self, name, text):
        """Write a file."""
        path = self.scripts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        module._read.cache_clear()

    def edit(self, name, old, new):
        """Replace text in a file that must hold it."""
        text = (self.scripts / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def version(self, script):
        """Hash a script."""
        return code_version(self.scripts / script, self.scripts / self.package)


@pytest.fixture
def tree(tmp_path):
    """A copy of the scripts."""
    scripts = tmp_path / "elsewhere" / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return Tree(scripts)


@pytest.fixture
def rooms(tmp_path):
    """A package of two rooms with a module of the same name in each, and a script that imports one of them."""
    tree = Tree(tmp_path, "package")
    for room in ("", "upper/", "lower/"):
        tree.write(f"package/{room}__init__.py", '"""A room."""\n')
    tree.write("package/lower/same.py", "VALUE = 1\n")
    tree.write("package/lower/other.py", "VALUE = 1\n")
    tree.write("package/upper/same.py", "VALUE = 2\n")
    tree.write("package/upper/top.py", "from ..lower.same import VALUE\n")
    tree.write("script.py", "from package.upper.top import VALUE\n")
    return tree


def test_place_of_the_code_does_not_count(tree):
    assert tree.version("resample.py") == code_version(SCRIPTS / "resample.py", SCRIPTS / "wfimosaic")
    assert tree.version("resample.py") != tree.version("define_grid.py")


def test_package_may_lie_elsewhere_beside_others(tree, tmp_path):
    before = tree.version("resample.py")
    site = tmp_path / "site-packages"
    shutil.copytree(tree.scripts / "wfimosaic", site / "wfimosaic")
    # Not of this code, though it is beside it.
    (site / "numpy").mkdir()
    shutil.rmtree(tree.scripts / "wfimosaic")
    assert code_version(tree.scripts / "resample.py", site / "wfimosaic") == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("wfimosaic/images/weights.py", '"""Weights of', '# A comment.\n"""Weights of'),
        ("wfimosaic/images/weights.py", "\n    return", "\n\n\n    return"),
        ("wfimosaic/images/weights.py", "Compute the weight of each pixel.", "Weigh each pixel."),
        ("wfimosaic/images/weights.py", '"""Weights of', '"""The weights of'),
        ("wfimosaic/drizzling/canvas.py", '"""The arrays that', '"""Arrays that'),
        ("resample.py", '"""Drizzle', '"""Now drizzle'),
        ("wfimosaic/images/weights.py", "good * np.float32(value)", "(good * np.float32(value))"),
    ],
)
def test_comments_docstrings_and_formatting_do_not_count(tree, name, old, new):
    before = tree.version("resample.py")
    tree.edit(name, old, new)
    assert tree.version("resample.py") == before


@pytest.mark.parametrize(
    ("name", "old", "new", "rerun", "kept"),
    [
        ("resample.py", "j.threads", "1", "resample", "make_median"),
        # Imported by what the script imports.
        ("wfimosaic/images/weights.py", "exposure_time > 0", "exposure_time >= 0", "resample", "define_grid"),
        ("wfimosaic/grid/sphere.py", "/ 2", "/ 2.5", "define_grid", "flag_outliers"),
        # `from . import name` counts as well as `from .name import`.
        ("wfimosaic/grid/pixel_map.py", "BLOCK = 256", "BLOCK = 128", "match_sky", "subtract_sky"),
        ("wfimosaic/sky/sky_levels.py", "DRAWS, ", "SOME_DRAWS, ", "match_sky", "make_median"),
        # The template of the report's tables is code, too.
        ("wfimosaic/report/html_page.py", "#fff4d6", "#fff4d7", "list_runs", "plot_maps"),
    ],
)
def test_code_counts_where_it_is_imported(tree, name, old, new, rerun, kept):
    before = tree.version(f"{rerun}.py"), tree.version(f"{kept}.py")
    tree.edit(name, old, new)
    assert tree.version(f"{rerun}.py") != before[0]
    assert tree.version(f"{kept}.py") == before[1]


@pytest.mark.parametrize(
    "line",
    [
        "from ..lower.same import VALUE",
        "from ..lower import same",
        "from package.lower.same import VALUE",
        "from package.lower import same",
        "import package.lower.same",
        "def later():\n    from ..lower import same",
    ],
)
def test_modules_of_other_rooms_count_however_they_are_imported(rooms, line):
    rooms.write("package/upper/top.py", f"{line}\n")
    before = rooms.version("script.py")
    rooms.edit("package/lower/other.py", "1", "3")
    rooms.edit("package/upper/same.py", "2", "3")
    assert rooms.version("script.py") == before
    rooms.edit("package/lower/same.py", "1", "3")
    assert rooms.version("script.py") != before


def test_values_of_the_package_itself_count(rooms):
    rooms.write("package/upper/top.py", "from .. import VALUE\n")
    rooms.write("package/__init__.py", "VALUE = 1\n")
    before = rooms.version("script.py")
    rooms.edit("package/__init__.py", "1", "3")
    assert rooms.version("script.py") != before


def test_modules_that_swap_their_code_count(rooms):
    rooms.write("package/upper/top.py", "from ..lower.same import VALUE\nfrom .same import VALUE as OTHER\n")
    before = rooms.version("script.py")
    rooms.edit("package/lower/same.py", "1", "2")
    rooms.edit("package/upper/same.py", "2", "1")
    assert rooms.version("script.py") != before


@pytest.mark.parametrize("line", ["from ..lower.missing import VALUE", "from .. import lower", "import package.lower"])
def test_names_inside_the_package_that_are_no_module_are_errors(rooms, line):
    rooms.write("package/upper/top.py", f"{line}\n")
    with pytest.raises(ImportError, match="no module of this code"):
        rooms.version("script.py")


def test_other_packages_are_passed_over(rooms):
    rooms.write("package/upper/top.py", "import os.path\nfrom numpy import array\nfrom . import same\n")
    assert rooms.version("script.py")


def test_rooms_import_nothing_by_themselves():
    # Importing one module of a room must not import the others: jobs would start slowly, and each rule
    # would depend on the code of all.
    for path in (SCRIPTS / "wfimosaic").rglob("__init__.py"):
        lines = path.read_text().splitlines()
        assert not [line for line in lines if "import" in line.split()], path
