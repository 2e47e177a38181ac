"""Which member has a background image of its own."""

import os

from ..errors import InputError


def background_files(option, products, exists=os.path.isfile):
    """Find the background images that the configuration names.

    Parameters
    ----------
    option : dict of str to str, str or None
        Files by stem of the member, or a pattern with {stem} in it, of which those count that exist.
    products : dict of str to Product
    exists : function of str

    Returns
    -------
    dict of str to dict of str to str
        For each product the files of members that have one, by stem.

    Raises
    ------
    InputError
        If a file is missing, a pattern has none, or a stem is no member's.
    """
    stems = {name: [member.stem for member in product.members] for name, product in products.items()}
    if isinstance(option, str):
        paths = {stem: option.replace("{stem}", stem) for of_product in stems.values() for stem in of_product}
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
    return {name: {stem: paths[stem] for stem in of_product if stem in paths} for name, of_product in stems.items()}
