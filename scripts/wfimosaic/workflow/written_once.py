"""Sections and options that a YAML file has twice: YAML itself takes the last of them and says nothing."""

from pathlib import Path

import yaml

from ..errors import InputError


def check_written_once(path):
    """Check that no section and no option stands twice in a YAML file.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        Names the first that does, and its line. What cannot be read, or is no YAML, is left to those who use it.
    """
    try:
        tree = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return
    _check(tree, path)


def _check(node, path):
    if not isinstance(node, yaml.MappingNode):
        return
    seen = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in seen:
            line = key.start_mark.line + 1
            raise InputError(
                f"{path}: {key.value} stands there twice, again in line {line}: join them, as only one counts"
            )
        seen.add(key.value)
        _check(value, path)
