"""Scale the members of an exposure to MJy/sr and subtract their sky levels."""

from functools import partial

from ..files.exposure_folder import images_to_write
from ..workers import run_in_workers
from .subtract_sky import subtract_sky


def subtract_skies(members, sky, output, stems, backgrounds=None, workers=1, **settings):
    """Write the `_skymatch` files of some members.

    Parameters
    ----------
    members : list of str
        `_cal` files.
    sky : str
        What `match_sky` wrote, or its levels.
    output : str
        See `images_to_write`.
    stems : list of str
        The members' names.
    backgrounds : dict of str to str, optional
        Files by stem, of members that have a background image.
    workers : int
    settings
        See `subtract_sky`.

    Raises
    ------
    InputError
    """
    outputs = images_to_write(output, stems, "skymatch")
    tasks = [
        (member, sky, path, stem, (backgrounds or {}).get(stem))
        for member, path, stem in zip(members, outputs, stems, strict=True)
    ]
    for _ in run_in_workers(partial(subtract_sky, **settings), tasks, workers, "member"):
        pass
