"""Define the grids of all products of a field in one job: each takes less time than a job would take to start."""

import logging
import os

from ..errors import InputError
from ..files.grid_folder import grid_in
from ..workers import run_in_workers
from .define_grid import write_mosaic_grid, write_outlier_grid
from .grid import read_headers

log = logging.getLogger(__name__)


def define_field_grids(field, products, outlier_grids, mosaic_grids, outlier_settings, mosaic_settings, workers=1):
    """Write the two grids of each product of a field.

    A product that cannot be put on a grid is no reason to do without the others: it is warned of, and has none.

    Parameters
    ----------
    field : str
        What `define_field` wrote.
    products : list of Product
    outlier_grids, mosaic_grids : str
        Folders to write to, see `grid_in`.
    outlier_settings : dict
        Of `write_outlier_grid`.
    mosaic_settings : dict
        Of `write_mosaic_grid`.
    workers : int

    Raises
    ------
    InputError
        If no product can be put on a grid.
    """
    headers = {header.stem: header for header in read_headers(field)}
    for folder in (outlier_grids, mosaic_grids):
        os.makedirs(folder, exist_ok=True)
    tasks = [
        (
            product.name,
            product.members[0].path,
            [headers[member.stem] for member in product.members if member.stem in headers],
            {"skycell": product.skycell, "target": product.target},
            (grid_in(outlier_grids, product.name), outlier_settings),
            (grid_in(mosaic_grids, product.name), mosaic_settings),
        )
        for product in products
    ]
    reasons = [reason for reason in run_in_workers(_define, tasks, workers, "product") if reason]
    if len(reasons) == len(tasks):
        raise InputError(reasons[0])
    for reason in reasons:
        log.warning("%s", reason)


def _define(name, first, headers, skycell, outlier, mosaic):
    # Why a product has no grid, or None.
    if not headers:
        return f"{name} has no mosaic: {first}: could not be read, nor any other of its members"
    try:
        for write, (path, settings) in ((write_outlier_grid, outlier), (write_mosaic_grid, mosaic)):
            write(headers, path, **skycell, **settings)
    except InputError as error:
        return f"{name} has no mosaic: {error}"
    return None
