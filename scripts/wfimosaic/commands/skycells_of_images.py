"""Find the skycells that images touch."""

from dataclasses import dataclass

from ..association.sky_map import read_sky_map, read_skycells, skycell_information
from ..grid.image_outline import read_image_outline
from ..grid.touched_skycells import touched_regions, touched_skycells
from ..remote.local_headers import local_headers
from ..workers import run_in_workers


@dataclass(frozen=True)
class ImageOnSkycells:
    """An image and the skycells that it touches: a description of each by its row in the tessellation."""

    path: str
    optical_element: str
    skycells: dict[int, dict]


def skycells_of_images(paths, skymap, workers=1):
    """Find the skycells that images touch.

    Parameters
    ----------
    paths : list of str
        `_cal` files, or their URLs.
    skymap : str
        A sky tessellation; of its skycells only those of the images' projection regions are read.
    workers : int
        Processes that read headers.

    Returns
    -------
    list of ImageOnSkycells

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    sky_map = read_sky_map(skymap)
    with local_headers(paths) as files:
        headers = list(run_in_workers(read_image_outline, [(files[path],) for path in paths], workers, "image"))
    regions = [touched_regions(outline, sky_map.regions) for _, outline in headers]
    needed = sorted(set().union(*regions))
    tables = dict(zip(needed, read_skycells(sky_map, needed), strict=True))
    images, described = [], {}
    for path, (element, outline), touched in zip(paths, headers, regions, strict=True):
        skycells = {}
        for region in touched:
            row = sky_map.regions[region]
            for index in touched_skycells(outline, tables[region]):
                number = int(row["skycell_start"] + index)
                # One object for all images: a survey has some hundred thousand pairs of an image and a skycell.
                if number not in described:
                    described[number] = skycell_information(sky_map, row, tables[region][index])
                skycells[number] = described[number]
        images.append(ImageOnSkycells(path, element, skycells))
    return images
