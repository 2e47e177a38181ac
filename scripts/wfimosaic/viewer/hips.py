"""Cut mosaics into HiPS tiles, which a sky viewer loads as it pans and zooms.

The tiles of order k are the cells of the HEALPix sphere with nside 2**k, each an image of 512 x 512
cells of order k + 9. Orders are made from the finest to 0, each pixel the mean of four of the next.

References
----------
Fernique et al., HiPS 1.0, IVOA Recommendation 2017; Gorski et al. 2005, ApJ 622, 759.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy_healpix import healpy, neighbours

from ..grid import sphere
from ..workers import run_in_workers

TILE = 512
TILE_ORDERS = 9
# Pixels between the positions that tell which tiles an image needs.
LATTICE = 64


def write_hips(images, folder, title, cuts, workers=1):
    """Write images as one HiPS with FITS tiles.

    Parameters
    ----------
    images : list of SkyImage
        Of the same sky: where several have a value that of the first is taken.
    folder : Path
        Is made.
    title : str
    cuts : (float, float)
        Values to be shown darkest and brightest.
    workers : int

    Returns
    -------
    int
        The finest order.
    """
    order = finest_order(min(image.pixel_scale for image in images))
    touching = {}
    for image in images:
        for tile in cells_of(image, order):
            touching.setdefault(tile, []).append(image)
    tiles = sorted(touching)
    tasks = [(touching[tile], order, tile, folder) for tile in tiles]
    made = list(run_in_workers(_write_tile, tasks, workers, "tile"))
    tiles = [tile for tile, written in zip(tiles, made, strict=True) if written]
    _write_map_of_tiles(folder, order, tiles)
    for coarser in range(order - 1, -1, -1):
        parents = sorted({tile // 4 for tile in tiles})
        tasks = [(coarser, parent, folder) for parent in parents]
        for _ in run_in_workers(_merge_tiles, tasks, workers, f"tile of order {coarser}"):
            pass
        tiles = parents
    _write_properties(images, folder, title, order, cuts)
    return order


def finest_order(pixel_scale):
    """Order whose pixels are just not larger than `pixel_scale` [deg]: int."""
    cell = np.degrees(np.sqrt(np.pi / 3))
    return max(0, int(np.ceil(np.log2(cell / pixel_scale))) - TILE_ORDERS)


def cells_of(image, order):
    """Find the cells of an order that an image touches: sorted list of int."""
    ny, nx = image.shape
    x, y = (np.append(np.arange(-0.5, n - 0.5, LATTICE), n - 0.5) for n in (nx, ny))
    ra, dec = image.wcs.all_pix2world(*(grid.ravel() for grid in np.meshgrid(x, y)), 0)
    cells = np.unique(healpy.ang2pix(2**order, ra, dec, nest=True, lonlat=True))
    around = neighbours(cells, 2**order, order="nested").ravel()
    return np.union1d(cells, around[around >= 0]).tolist()


def tile_positions(order, tile):
    """Compute RA and Dec of every pixel of a tile [deg]: two ndarrays of float64, shape (512, 512).

    The first row is at the bottom, as in FITS.
    """
    number = _spread(np.arange(TILE))
    inside = number[::-1, None] | number << 1
    return healpy.pix2ang(2 ** (order + TILE_ORDERS), tile * TILE**2 + inside, nest=True, lonlat=True)


def _spread(number):
    # Put a zero between the bits: the nested scheme counts x in the even and y in the odd ones.
    spread = np.zeros_like(number)
    for bit in range(TILE_ORDERS):
        spread |= ((number >> bit) & 1) << (2 * bit)
    return spread


def _write_tile(images, order, tile, folder):
    positions = tile_positions(order, tile)
    values = np.full((TILE, TILE), np.nan, np.float32)
    found = [(image, image.pixels(*positions)) for image in images]
    # A mosaic's rim lies between the pixels of its neighbour.
    for rim in (0.0, 0.5) if len(images) > 1 else (0.5,):
        for image, pixels in found:
            if pixels is not None:
                values = np.where(np.isnan(values), image.at(pixels, rim), values)
    if not np.isfinite(values).any():
        return False
    _save(_tile_path(folder, order, tile), values)
    return True


def _merge_tiles(order, tile, folder):
    """Make a tile of the four below it."""
    half = TILE // 2
    values = np.full((TILE, TILE), np.nan, np.float32)
    for child in range(4):
        path = _tile_path(folder, order + 1, 4 * tile + child)
        if path.exists():
            boxes = fits.getdata(path).reshape(half, 2, half, 2)
            good = np.isfinite(boxes)
            with np.errstate(invalid="ignore"):
                mean = np.where(good, boxes, 0).sum(axis=(1, 3)) / good.sum(axis=(1, 3))
            top, left = 1 - (child & 1), child >> 1
            values[top * half : (top + 1) * half, left * half : (left + 1) * half] = mean
    _save(_tile_path(folder, order, tile), values)


def _tile_path(folder, order, tile):
    return Path(folder) / f"Norder{order}" / f"Dir{tile // 10000 * 10000}" / f"Npix{tile}.fits"


def _save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.PrimaryHDU(values.astype(np.float32)).writeto(path, overwrite=True)


def _write_map_of_tiles(folder, order, tiles):
    # The viewer asks for no tile outside of this multi-order coverage map (MOC).
    Path(folder).mkdir(parents=True, exist_ok=True)
    numbers = np.sort(np.array(tiles, np.int64) + 4 * 4**order)
    table = fits.BinTableHDU.from_columns([fits.Column("UNIQ", "K", array=numbers)])
    for key, value in (
        ("PIXTYPE", "HEALPIX"),
        ("ORDERING", "NUNIQ"),
        ("COORDSYS", "C"),
        ("MOCVERS", "2.0"),
        ("MOCDIM", "SPACE"),
        ("MOCORDER", order),
        ("MOCORD_S", order),
    ):
        table.header[key] = value
    table.writeto(Path(folder) / "Moc.fits")


def center_and_width(images):
    """Find the middle of images, and the width of a square around it, its sides along RA and Dec, that holds them.

    Parameters
    ----------
    images : list of SkyImage

    Returns
    -------
    (float, float, float)
        RA, Dec and width [deg].
    """
    corners = []
    for image in images:
        ny, nx = image.shape
        corners.append(image.wcs.all_pix2world([0, nx - 1, nx - 1, 0], [0, 0, ny - 1, ny - 1], 0))
    positions = np.concatenate(corners, axis=1)
    ra, dec = (float(value) for value in sphere.center(*positions))
    away = sphere.separation(ra, dec, *positions)
    angle = np.radians(sphere.position_angle(ra, dec, *positions))
    return ra, dec, 2 * float(np.max(away * np.maximum(np.abs(np.sin(angle)), np.abs(np.cos(angle)))))


def _write_properties(images, folder, title, order, cuts):
    ra, dec, width = center_and_width(images)
    properties = {
        "creator_did": f"ivo://wfimosaic/{title.replace(' ', '_')}",
        "obs_title": title,
        "dataproduct_type": "image",
        "hips_version": "1.4",
        "hips_release_date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "hips_status": "private master clonableOnce",
        "hips_builder": "wfimosaic",
        "hips_frame": "equatorial",
        "hips_order": order,
        "hips_order_min": 0,
        "hips_tile_format": "fits",
        "hips_tile_width": TILE,
        "hips_pixel_bitpix": -32,
        "hips_pixel_cut": f"{cuts[0]:.6g} {cuts[1]:.6g}",
        "hips_initial_ra": f"{ra:.6f}",
        "hips_initial_dec": f"{dec:.6f}",
        "hips_initial_fov": f"{width:.6f}",
    }
    lines = [f"{key:20} = {value}" for key, value in properties.items()]
    (Path(folder) / "properties").write_text("\n".join(lines) + "\n")
