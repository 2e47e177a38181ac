"""Sky levels that the user has written down."""

import math
from pathlib import Path

from ..errors import InputError


def read_user_levels(path, members):
    """Read the levels of members from a table of two columns, file and level [MJy/sr].

    Parameters
    ----------
    path : str
        Text. Empty lines and what follows a # are no part of it; files that are no members do not matter.
    members : list of GridMember
        Found by their path, their file's name or their stem.

    Returns
    -------
    list of float

    Raises
    ------
    InputError
        If a line is not a file and a number, or a member has no level or two.
    """
    levels = {}
    for number, line in enumerate(_lines(path), 1):
        words = line.split("#")[0].rsplit(maxsplit=1)
        if not words:
            continue
        name, level = (words[0].strip(), _number(words[1])) if len(words) == 2 else (words[0], None)
        if level is None:
            raise InputError(f"{path}: line {number}: {line.strip()[:80]!r} is not a file and its sky level [MJy/sr]")
        if levels.setdefault(name, level) != level:
            raise InputError(f"{path}: line {number}: {name} has two levels, {levels[name]:g} and {level:g}")
    return [_level(path, levels, member) for member in members]


def _lines(path):
    try:
        return Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}: check skymatch.skylist") from None


def _number(word):
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _level(path, levels, member):
    found = {levels[name] for name in (member.path, Path(member.path).name, member.stem) if name in levels}
    if len(found) != 1:
        problem = f"has levels {sorted(found)}" if found else f"has no line: add one such as '{member.stem} 0.25'"
        raise InputError(f"{path}: {Path(member.path).name} {problem}")
    return found.pop()
