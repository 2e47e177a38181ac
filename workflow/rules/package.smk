"""Where the code that the rules run lies: in a clone of the repository, or, for a workflow that Snakemake has taken
from elsewhere (a module of github(), what snakedeploy writes), in the Python that runs Snakemake.
"""

import os
import re
import sys

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile, LocalGitFile, LocalSourceFile


def pip_command(source):
    """What installs the package of the version that the workflow has."""
    place = "wfimosaic, from where this workflow is"
    if isinstance(source, HostingProviderFile):
        place = f"git+https://{source.host}/{source.repo}@{source.ref}"
    if isinstance(source, LocalGitFile):
        place = f"git+file://{os.path.abspath(source.repo_path)}@{source.ref}"
    return f"{sys.executable} -m pip install {place}"


if isinstance(workflow.current_basedir, LocalSourceFile):
    scripts = os.path.realpath(f"{workflow.current_basedir}/../../scripts")
    # A clone's code comes before what is installed, in jobs, too: Snakemake itself puts it behind.
    sys.path.insert(0, scripts)
    paths = [scripts, *os.getenv("PYTHONPATH", "").split(os.pathsep)]
    os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, dict.fromkeys(paths))))
else:
    place = workflow.source_path("../../scripts/wfimosaic/__init__.py")
    with open(place, encoding="utf-8") as file:
        needed = re.search(r'^__version__ = "(.+)"', file.read(), re.MULTILINE)[1]
    try:
        from wfimosaic import __version__ as installed
    except ImportError:
        installed = None
    if installed != needed:
        there = f"version {installed} is" if installed else "no version is"
        raise WorkflowError(
            f"this workflow needs the Python package wfimosaic {needed}, and {there} installed: "
            + pip_command(workflow.current_basedir)
        )

import wfimosaic

PACKAGE = os.path.dirname(wfimosaic.__file__)


def script_file(rule):
    """A file that is the script of a rule."""
    return workflow.source_path(f"../../scripts/{rule}.py")
