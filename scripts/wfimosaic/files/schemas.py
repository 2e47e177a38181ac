"""Tell files of newer schemas than the installed packages know from damaged ones."""

import re
from collections import defaultdict
from contextlib import contextmanager

import asdf

from ..errors import InputError

TAG = re.compile(rb"!<?((?:asdf://|tag:)?[\w.:/+-]+)-(\d+)\.(\d+)\.(\d+)\b")
HANDLE = "tag:stsci.edu:asdf/"
# Schemas of roman_datamodels are in a package of their own.
COMPANIONS = {"roman_datamodels": "roman_datamodels and rad"}


@contextmanager
def newer_schemas_named(path):
    """Replace an InputError about a file by one that says so if it was written with newer schemas.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
    """
    try:
        yield
    except InputError:
        newer = newer_schema(path)
        if newer is None:
            raise
        raise InputError(f"{path}: {newer}") from None


def newer_schema(path):
    """Say what schema of a file the installed packages are too old for, and which to upgrade: str or None."""
    known = defaultdict(dict)
    for extension in asdf.get_config().extensions:
        for tag in extension.tags:
            base, _, version = tag.tag_uri.rpartition("-")
            numbers = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
            if numbers:
                known[base][tuple(map(int, numbers.groups()))] = extension
    for base, version in _tags(path):
        newest = max(known.get(base, ()), default=version)
        if version > newest:
            package = known[base][newest]
            upgrade = COMPANIONS.get(package.package_name, package.package_name)
            return (
                f"was written with the newer schema {base.rpartition('/')[2]}-{_text(version)}; the installed "
                f"{package.package_name} {package.package_version} reads up to {_text(newest)}: upgrade {upgrade}"
            )
    return None


def _tags(path):
    try:
        with open(path, "rb") as file:
            for line in file:
                for name, *version in TAG.findall(line):
                    base = name.decode()
                    yield base if ":" in base else HANDLE + base, tuple(map(int, version))
                if line.rstrip() == b"...":
                    return
    except OSError:
        return


def _text(version):
    return ".".join(map(str, version))
