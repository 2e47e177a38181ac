"""Read and write ASDF files without the packages that have registered extensions."""

import functools
import warnings
from contextlib import contextmanager
from importlib.metadata import entry_points

import asdf
from asdf.exceptions import AsdfWarning
from asdf.extension import ExtensionProxy


@contextmanager
def asdf_alone():
    """Let asdf handle arrays and plain values; what other packages know stays as the file has it, with its tag.

    asdf imports every package with an extension (gwcs, astropy, roman_datamodels), which takes longer than all
    the rest of a job on one member, and has no public way to do without.
    """
    with asdf.config_context() as config, warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        config._extensions = _own_extensions()
        yield


@functools.cache
def _own_extensions():
    # Python before 3.12 lists a package twice whose folder it finds by two paths.
    [own] = {point.value: point for point in entry_points(group="asdf.extensions", name="asdf")}.values()
    return [ExtensionProxy(extension, own.dist.name, own.dist.version) for extension in own.load()()]
