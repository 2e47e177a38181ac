"""Which member has a background image of its own."""

import os

from ..errors import InputError


def background_files(option, stems, exists=os.path.isfile):
    """Find the background images that the configuration names.

    Parameters
    ----------
    option : dict of str to str, str or None
        Files by stem of the member, or a pattern with {stem} in it, of which those count that exist.
    stems : dict of str to list of str
        Of the members of each product or field.
    exists : function of str

    Returns
    -------
    dict of str to dict of str to str
        For each of these the files of members that have one, by stem.

    Raises
    ------
    InputError
        If a file is missing, a pattern has none, or a stem is no member's.
    """
    if isinstance(option, str):
        paths = {stem: option.replace("{stem}", stem) for some in stems.values() for stem in some}
        paths = {stem: path for stem, path in paths.items() if exists(path)}
        if not paths:
            raise InputError(f"{option}: there is no such file for any member: check skymatch.background_images")
    else:
        paths = option or {}
        unknown = sorted(set(paths).difference(*stems.values()))
        if unknown:
            raise InputError(f"skymatch.background_images: {unknown[0]} is no member of the associations")
        for path in paths.values():
            if not exists(path):
                raise InputError(f"{path}: no such file: check skymatch.background_images in the config")
    return {name: {stem: paths[stem] for stem in some if stem in paths} for name, some in stems.items()}
