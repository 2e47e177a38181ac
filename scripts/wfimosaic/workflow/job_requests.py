"""The memory and the time that a job asks a scheduler for, from the sizes of its input files.

Snakemake asks for each job before it runs, and in the main process: files are looked at, not opened as ASDF.
"""

import functools
import math
import os
import re

from ..files.grid_folder import grid_in
from .rule_costs import cost_of, memory_request, time_request

# Bytes of a pixel in an image, and the fewest in a mosaic.
IMAGE_PIXEL, MOSAIC_PIXEL = 16, 24


def memory(rule, realizations=0, square=True):
    """Return the function that Snakemake asks for a job's memory [MB]; as much again at each attempt.

    `realizations` of its noise are made of a mosaic; drops are `square` or not.
    """

    def mem_mb(wildcards, input, threads, attempt):
        return int(request_memory(rule, threads, _own(input, wildcards), realizations, square) * attempt)

    return mem_mb


def runtime(rule, count, realizations=0):
    """Return the function that Snakemake asks for a job's time [min]; as much again at each attempt.

    `count` tells from a job's wildcards how many members it works on; `realizations` as in `memory`.
    """

    def minutes(wildcards, input, threads, attempt):
        return int(request_time(rule, threads, _own(input, wildcards), count(wildcards), realizations) * attempt)

    return minutes


def _own(input, wildcards):
    # A job's input by name, of a folder of grids its own.
    named = dict(input.items())
    if "grid" in named and hasattr(wildcards, "product"):
        named["grid"] = grid_in(named["grid"], wildcards.product)
    return named


def request_memory(rule, threads, input, realizations=0, square=True):
    """Estimate the memory that a job of a rule asks for.

    Parameters
    ----------
    rule : str
    threads : int
    input : dict of str to str or list of str
        The job's input files by name: `members`, `grid`, `median`, `mosaic`.
    realizations, square
        See `memory`.

    Returns
    -------
    float
        [MB]
    """
    cost = cost_of(rule, bool(input.get("median")), realizations, square)
    megapixels = image_size(_images(input)) if cost.image else 0
    shape = output_shape(input) if cost.block or cost.mapped else (0, 0)
    return memory_request(cost, threads, megapixels, shape)


def request_time(rule, threads, input, count, realizations=0):
    """Estimate the time that a job of a rule on `count` members asks for: float [min]; see `request_memory`."""
    cost = cost_of(rule, bool(input.get("median")), realizations)
    images = _images(input)
    members = image_size(images) * count if cost.member and images else 0
    mosaic = math.prod(output_shape(input)) / 1e6 if cost.mosaic else 0
    return time_request(cost, threads, members, mosaic)


def _images(input):
    # A product's grid may be made from the table of its field, not from its members.
    images = input.get("members") or []
    return [images] if isinstance(images, str) else images


def image_size(places):
    """Read the size of the largest of some images from its header.

    Parameters
    ----------
    places : list of str
        Images, or folders of images.

    Returns
    -------
    float
        [megapixels]; without shapes in the header 16 bytes count as a pixel.
    """
    path = max(places, key=os.path.getsize)
    if os.path.isdir(path):
        path = max((entry.path for entry in os.scandir(path)), key=os.path.getsize)
    return _megapixels(path, os.path.getsize(path), os.stat(path).st_mtime_ns)


@functools.cache
def _megapixels(path, size, _):
    # Snakemake asks again for each job that is ready whenever one ends.
    with open(path, "rb") as file:
        header, *_ = file.read(2**20).partition(b"\n...")
    shapes = re.findall(rb"shape: \[(\d+), (\d+)\]", header)
    return max((int(ny) * int(nx) for ny, nx in shapes), default=size / IMAGE_PIXEL) / 1e6


def output_shape(input):
    """Read the shape of a product's grid, or estimate its mosaic's.

    Parameters
    ----------
    input : dict of str to str
        `grid`, or else `mosaic`: a file of 24 bytes or more for each pixel.

    Returns
    -------
    (int, int)
        ny, nx
    """
    if "grid" not in input:
        return (math.isqrt(os.path.getsize(input["mosaic"]) // MOSAIC_PIXEL),) * 2
    # A product that cannot be put on a grid has none: its jobs will say so.
    path = input["grid"]
    return _grid_shape(path, os.stat(path).st_mtime_ns) if os.path.exists(path) else (0, 0)


@functools.cache
def _grid_shape(path, _):
    with open(path, encoding="latin-1") as file:
        shape = re.search(r"^shape: \[(\d+), (\d+)\]$", file.read(), re.MULTILINE)
    return int(shape[1]), int(shape[2])


def average_size(paths, known):
    """Estimate the size of images that need not exist yet, on average: float [megapixels].

    `known` has the sizes of some that are elsewhere [bytes].
    """
    sizes = [known.get(path) or os.path.getsize(path) for path in paths if known.get(path) or os.path.exists(path)]
    return sum(sizes) / len(sizes) / IMAGE_PIXEL / 1e6 if sizes else 1.0
