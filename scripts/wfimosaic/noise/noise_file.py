"""The file of realizations of a mosaic's noise."""

import logging
from pathlib import Path

import asdf
import numpy as np

from .. import __version__
from ..association.association import product_of
from ..files.array_file import ArrayFile
from ..files.plain_asdf import plain_asdf

log = logging.getLogger(__name__)

GENERATOR = (
    "Philox4x32-10 and Box-Muller, see random_image.py; key: first eight bytes of SHA-256 of product, member and "
    "number of the realization, a line each"
)


def noise_path(mosaic):
    """Return the path of the realizations that belong to a mosaic: Path."""
    return Path(mosaic).with_name(f"{product_of(mosaic)}_noise.asdf")


def noise_file(folder, realizations, shape):
    """Begin a file of realizations in a scratch folder: ArrayFile, whose array `noise` has a plane for each."""
    return ArrayFile(folder / "noise.asdf", {"noise": (np.float32, (realizations, *shape))}, 2**16)


def finish_noise(file, mosaic, wcs, members, workers=1):
    """Write realizations whole, beside their mosaic.

    Parameters
    ----------
    file : ArrayFile
        Planes of [MJy/sr], NaN where nothing fell.
    mosaic : str
    wcs : dict
        As `Grid.stored_wcs` returns it.
    members : list of str
        Their names, which with the product's are the seed.
    workers : int
        Threads.
    """
    tree = {
        "unit": "MJy / sr",
        "wcs": wcs,
        "mosaic": Path(mosaic).name,
        "seed": {"generator": GENERATOR, "product": product_of(mosaic), "members": members},
        "wfimosaic": __version__,
    }
    # Of Gaussian noise lz4 saves nothing and zlib 7 %; planes that are not compressed can be mapped into memory.
    with plain_asdf():
        file.finish(noise_path(mosaic), asdf.AsdfFile(tree | file.arrays).write_to, workers)


def remove_noise(mosaic):
    """Remove realizations beside a mosaic that is made anew: they belong to an earlier one."""
    path = noise_path(mosaic)
    if path.exists():
        path.unlink()
        log.info("%s: removed, as it belongs to an earlier mosaic", path)
