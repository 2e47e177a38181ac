"""Read and write ASDF files without the packages that have registered extensions."""

import functools
import warnings
from contextlib import contextmanager
from importlib.metadata import distribution

import asdf
from asdf.exceptions import AsdfWarning
from asdf.extension import ExtensionProxy
from asdf.resource import ResourceMappingProxy


@contextmanager
def plain_asdf():
    """Restrict asdf to arrays and plain values; other objects stay as the file has them, with their tags.

    asdf imports every package with an extension (gwcs, astropy, roman_datamodels), which takes longer than all
    the rest of a job on one member, and has no public way to do without.
    """
    with asdf.config_context() as config, warnings.catch_warnings():
        warnings.simplefilter("ignore", AsdfWarning)
        config._extensions = _plugins("asdf.extensions", ExtensionProxy, "asdf")
        config._resource_mappings = _plugins("asdf.resource_mappings", ResourceMappingProxy, "asdf_standard", "asdf")
        yield


@functools.cache
def _plugins(group, proxy, *packages):
    # Looked up by the packages' names: a search through all that are installed takes a tenth of a second.
    return [
        proxy(element, package, distribution(package).version)
        for package in packages
        for point in distribution(package).entry_points.select(group=group)
        for element in point.load()()
    ]
