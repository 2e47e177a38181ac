"""Flag the outliers of the members of an exposure."""

import logging
import os
from functools import partial

from ..files.exposure_folder import images_in, images_to_write, stem_of
from ..images.unreadable import why_unreadable, write_unreadable
from ..workers import run_in_workers
from .flag_outliers import flag_outliers

log = logging.getLogger(__name__)


def flag_all_outliers(members, output, medians=(), grids=(), outliers=(), workers=1, **settings):
    """Write the `_outlier_detection` files of some members.

    Parameters
    ----------
    members : list of str
        `_skymatch` files, or the folder of an exposure with them.
    output : str
        See `images_to_write`.
    medians, grids, outliers, settings
        See `flag_outliers`; of all products that one of the members belongs to.
    workers : int

    Raises
    ------
    InputError
        If a member alone could not be read; of others its note is kept.
    """
    images = images_in(members)
    stems = [stem_of(path) for path in images]
    outputs = images_to_write(output, stems, "outlier_detection")
    flag = partial(
        _flag_or_say_why if os.path.isdir(output) else flag_outliers,
        **settings | {"medians": medians, "grids": grids, "outliers": outliers},
    )
    for _ in run_in_workers(flag, list(zip(images, outputs, stems, strict=True)), workers, "member"):
        pass


def _flag_or_say_why(member, output, stem, **settings):
    # The products that this member is part of cannot be made, but those of the exposure's others can.
    reason = why_unreadable(member)
    if reason:
        log.error("%s is left out: %s", stem, reason)
        write_unreadable(output, reason)
    else:
        flag_outliers(member, output, stem, **settings)
