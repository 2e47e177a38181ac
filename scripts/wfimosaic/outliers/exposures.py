"""Drizzle each exposure by itself, as outlier detection needs it."""

import logging
from dataclasses import dataclass

import numpy as np

from ..drizzling.drop import Drop, part_and_map
from ..drizzling.member_on_block import MemberOnBlock
from ..files.scratch import create_array
from ..grid.blocks import Block, cut_into_blocks, footprint_block
from ..images.flags import bad_bits
from ..images.stored_image import stored_image
from ..images.weights import weighted_part
from ..workers import run_in_workers

log = logging.getLogger(__name__)

# Weights that a threshold is taken from.
MAX_WEIGHTS = 2**22
BLOCK_SIZE = 2048
STRIP = 256


@dataclass(frozen=True)
class MedianRecipe:
    """How exposures become a median.

    `weight_type` is ivm or exptime, `good_bits` are the flags that are treated as good; pixels count that have
    at least `maskpt` of the exposure's typical weight; of each pixel's values the `nlow` lowest and the `nhigh`
    highest are dropped.
    """

    drop: Drop
    weight_type: str
    good_bits: str
    maskpt: float
    nlow: int = 0
    nhigh: int = 0


@dataclass
class Layer:
    """One drizzled member: its block of the grid and a file of its data and weight."""

    block: Block
    path: str


@dataclass
class Exposure:
    """The drizzled members of one exposure and the weight below which its pixels do not count."""

    group: str
    layers: list
    threshold: float


def drizzle_exposures(members, grid, recipe, folder, workers):
    """Drizzle the exposures of a product, each by itself.

    Parameters
    ----------
    members : list of str
        `_skymatch` files, in the grid's order.
    grid : Grid
    recipe : MedianRecipe
    folder : Path
        For the files of the layers.
    workers : int

    Returns
    -------
    list of Exposure
    """
    bad_bits(recipe.good_bits)  # Before workers are forked: see there.
    tasks = [
        (group, [(grid.members[k], members[k], str(folder / f"{k}.npy")) for k in indices], grid.shape, recipe)
        for group, indices in grid.groups().items()
    ]
    return list(run_in_workers(drizzle_exposure, tasks, workers, "exposure"))


def drizzle_exposure(group, members, shape, recipe):
    """Drizzle the members of one exposure, each onto its own footprint.

    Parameters
    ----------
    group : str
    members : list of (GridMember, str, str)
        Member, its `_skymatch` file, the file to write.
    shape : (int, int)
        ny, nx of the grid.
    recipe : MedianRecipe

    Returns
    -------
    Exposure
    """
    drop = recipe.drop
    layers = []
    for member, path, output in members:
        area = footprint_block(member, shape, max(drop.margin, int(np.ceil(drop.reach))))
        if area is not None:
            drizzled = create_array(output, np.float32, (2, *area.outer_shape))
            for block in cut_into_blocks(area, BLOCK_SIZE, drop.margin):
                target = (slice(None), *block.within(area))
                drizzled[target] = _drizzle_block(member, path, block, recipe)
            layers.append(Layer(area, output))
            log.info("%s: drizzled alone", member.stem)
    return Exposure(group, layers, weight_threshold(layer_weights(layers), recipe.maskpt))


def _drizzle_block(member, path, block, recipe):
    drizzled = np.stack([np.full(block.outer_shape, np.nan, np.float32), np.zeros(block.outer_shape, np.float32)])
    found = part_and_map(member, block, recipe.drop)
    if found is not None:
        part, positions = found
        data, weight, _ = weighted_part(stored_image(path), part, recipe.weight_type, recipe.good_bits)
        single = MemberOnBlock(block)
        single.drizzle(data[None], weight, positions, recipe.drop)
        drizzled[(0, *single.area)] = single.means[0][single.area]
        drizzled[(1, *single.area)] = single.weight[single.area]
    return drizzled[(slice(None), *block.inner)]


def weight_threshold(weights, maskpt):
    """Compute the weight below which a pixel of a drizzled exposure does not count.

    Parameters
    ----------
    weights : ndarray of float32, shape (n,)
    maskpt : float

    Returns
    -------
    float
        `maskpt` times the mean of the finite weights that are not 0, after five rounds of clipping at
        3 standard deviations from the median. NaN without any.

    References
    ----------
    stcal.outlier_detection.utils.compute_weight_threshold.
    """
    kept = np.sort(weights[np.isfinite(weights) & (weights != 0)])
    for _ in range(5):
        if kept.size == 0:
            return np.nan
        median, deviation = np.median(kept), kept.std(dtype=np.float64)
        low, high = (
            np.searchsorted(kept, median - 3 * deviation),
            np.searchsorted(kept, median + 3 * deviation, "right"),
        )
        if high - low == kept.size:
            break
        kept = kept[low:high]
    return float(kept.mean(dtype=np.float64) * maskpt) if kept.size else np.nan


def layer_weights(layers):
    """Return the weights of an exposure that are not 0, evenly sampled if there are many: ndarray of float32."""
    if not layers:
        return np.zeros(0, np.float32)
    rows = slice(min(la.block.rows.start for la in layers), max(la.block.rows.stop for la in layers))
    columns = slice(min(la.block.columns.start for la in layers), max(la.block.columns.stop for la in layers))
    pixels = sum((la.block.outer_shape[0] * la.block.outer_shape[1]) for la in layers)
    step = -(-pixels // MAX_WEIGHTS)
    found = []
    for row in range(rows.start, rows.stop, STRIP):
        strip = slice(row, min(row + STRIP, rows.stop))
        weight = combine(layers, strip, columns)[1]
        # A copy, as a view would keep all weights of the exposure in memory.
        found.append(weight[weight != 0][::step].copy())
    return np.concatenate(found)


def combine(layers, rows, columns):
    """Coadd the members of an exposure in a rectangle of the grid.

    Parameters
    ----------
    layers : list of Layer
    rows, columns : slice

    Returns
    -------
    image, weight : ndarray of float32
        Weighted mean, NaN where nothing fell, and sum of weights.
    """
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    image, weight = np.full(shape, np.nan, np.float32), np.zeros(shape, np.float32)
    for layer in layers:
        own = (layer.block.rows, layer.block.columns)
        common = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(own, (rows, columns), strict=True)]
        if any(s.start >= s.stop for s in common):
            continue
        here = tuple(slice(s.start - a.start, s.stop - a.start) for s, a in zip(common, (rows, columns), strict=True))
        there = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(common, own, strict=True))
        new_image, new_weight = np.load(layer.path, mmap_mode="r")[(slice(None), *there)]
        old_image, old_weight = image[here], weight[here]
        if not old_weight.any():
            image[here], weight[here] = new_image, new_weight
            continue
        both = (old_weight != 0) & (new_weight != 0)
        total = old_weight + new_weight
        mean = np.where(old_weight != 0, old_image, new_image)
        mean[both] = (old_image[both] * old_weight[both] + new_image[both] * new_weight[both]) / total[both]
        image[here], weight[here] = mean, total
    return image, weight
