"""The file of realizations of a mosaic's noise."""

import logging
from pathlib import Path

import asdf

from .. import __version__
from ..association.association import product_of
from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf
from ..files.releasing_writer import ReleasingWriter

log = logging.getLogger(__name__)

GENERATOR = (
    "Philox4x32-10 and Box-Muller, see random_image.py; key: first eight bytes of SHA-256 of product, member and "
    "number of the realization, a line each"
)


def noise_path(mosaic):
    """Return the path of the realizations that belong to a mosaic: Path."""
    return Path(mosaic).with_name(f"{product_of(mosaic)}_noise.asdf")


def write_noise(mosaic, planes, wcs, members):
    """Write realizations whole, beside their mosaic.

    Parameters
    ----------
    mosaic : str
    planes : ndarray of float32, shape (number of realizations, ny, nx)
        [MJy/sr], NaN where nothing fell.
    wcs : dict
        As `Grid.stored_wcs` returns it.
    members : list of str
        Their names, which with the product's are the seed.
    """
    tree = {
        "noise": planes,
        "unit": "MJy / sr",
        "wcs": wcs,
        "mosaic": Path(mosaic).name,
        "seed": {"generator": GENERATOR, "product": product_of(mosaic), "members": members},
        "wfimosaic": __version__,
    }
    # Of Gaussian noise lz4 saves nothing and zlib 7 %; planes that are not compressed can be mapped into memory.
    with plain_asdf(), atomic_write(noise_path(mosaic)) as part, ReleasingWriter(part) as file:
        asdf.AsdfFile(tree).write_to(file, all_array_compression=None)


def remove_noise(mosaic):
    """Remove realizations beside a mosaic that is made anew: they belong to an earlier one."""
    path = noise_path(mosaic)
    if path.exists():
        path.unlink()
        log.info("%s: removed, as it belongs to an earlier mosaic", path)
