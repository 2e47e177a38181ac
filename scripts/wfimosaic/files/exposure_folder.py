"""Where the images of an exposure's members lie: in a folder of the exposure, or, of a member alone, in one file."""

import os
import re
from pathlib import Path

ENDING = ".asdf"
NAME = r"(.*)_(skymatch|outlier_detection)\.asdf"


def images_to_write(place, stems, step):
    """Name the images that a step writes of some members.

    Parameters
    ----------
    place : str
        The file of the only member, or the folder of an exposure, which is made.
    stems : list of str
        Names of the members.
    step : str
        "skymatch", "outlier_detection".

    Returns
    -------
    list of str
        In the members' order.
    """
    if str(place).endswith(ENDING):
        return [str(place)]
    os.makedirs(place, exist_ok=True)
    return [str(Path(place, f"{stem}_{step}{ENDING}")) for stem in stems]


def images_in(places):
    """Find images, also those that lie in exposures' folders.

    Parameters
    ----------
    places : list of str
        Files, which stand for themselves, and folders.

    Returns
    -------
    list of str
    """
    return [str(path) for place in places for path in (_in_folder(place) if os.path.isdir(place) else [place])]


def _in_folder(place):
    return sorted(Path(place).glob(f"*{ENDING}"))


def stem_of(image):
    """The name of the member that an image in a folder is named after: str."""
    return re.sub(NAME, r"\1", os.path.basename(image))


def images_of(members, places):
    """Find the images of some members.

    Parameters
    ----------
    members : list of (str, str, str or None)
        Path, stem and exposure group of each.
    places : list of str
        Their images in their order, or folders of exposures.

    Returns
    -------
    list of str
        In the members' order.
    """
    images = images_in(places)
    if len(images) == len(members) and not any(map(os.path.isdir, places)):
        return images
    found = {stem_of(path): path for path in images}
    return [found[stem] for _, stem, _ in members]
