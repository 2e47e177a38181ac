"""Drizzle each exposure by itself, as outlier detection needs it."""

import logging
import math
from dataclasses import dataclass

import numpy as np

from ..drizzling.drop import Drop, part_and_map
from ..drizzling.member_on_block import MemberOnBlock
from ..files.scratch import create_array
from ..files.strips import strips
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks, footprint
from ..grid.rectangle import Rectangle
from ..images.flags import bad_bits
from ..images.stored_image import stored_image
from ..images.weights import weighted_part
from ..workers import run_in_workers

log = logging.getLogger(__name__)

# Weights that a threshold is taken from.
MAX_WEIGHTS = 2**22
SAMPLED_ROWS = 64
STRIP = 256


@dataclass(frozen=True)
class MedianRecipe:
    """How exposures become a median.

    `weight_type` is one of `pixel_weights`, `good_bits` are the flags that are treated as good; pixels count that have
    at least `maskpt` of the exposure's typical weight; of each pixel's values the `nlow` lowest and the `nhigh`
    highest are dropped. `method` is that of outlier detection: romancal takes the mean of two middle values and the
    typical weight of all detectors of an exposure; pairwise the lower value, as rays are bright, and each
    detector's own typical weight.
    """

    drop: Drop
    weight_type: str
    good_bits: str
    maskpt: float
    nlow: int = 0
    nhigh: int = 0
    method: str = "pairwise"


@dataclass
class Layer:
    """One drizzled member: its rectangle of the grid and a file of its data and weight."""

    area: Rectangle
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
    layers, paths = [], []
    for member, path, output in members:
        area = footprint(member, shape, max(drop.margin, int(np.ceil(drop.reach))))
        if area:
            drizzled = create_array(output, np.float32, (2, *area.shape))
            for block in cut_into_blocks(area, BLOCK_SIZE, drop.margin):
                target = (slice(None), *block.within(area))
                drizzled[target] = _drizzle_block(member, path, block, recipe)
            layers.append(Layer(area, output))
            paths.append(path)
            log.info("%s: drizzled alone", member.stem)
    if recipe.method == "romancal":
        return Exposure(group, layers, weight_threshold(layer_weights(layers), recipe.maskpt))
    for layer, path in zip(layers, paths, strict=True):
        _leave_out_low_weights(layer, drop.pixel_scale_ratio**2 * _member_threshold(path, recipe))
    return Exposure(group, layers, 0.0)


def _member_threshold(path, recipe):
    # From pixels all over the member: its part on one grid must not have another threshold than that on the next.
    image = stored_image(path)
    ny, nx = image["data"].shape
    rows = [(slice(row, row + 1), slice(0, nx)) for row in range(0, ny, max(1, ny // SAMPLED_ROWS))]
    weights = [weighted_part(image, row, recipe.weight_type, recipe.good_bits)[1].ravel() for row in rows]
    return weight_threshold(np.concatenate(weights), recipe.maskpt)


def _leave_out_low_weights(layer, threshold):
    drizzled = np.load(layer.path, mmap_mode="r+")
    for rows in strips(slice(0, layer.area.shape[0]), layer.area.shape[1]):
        low = drizzled[1, rows] < threshold
        drizzled[0, rows][low] = np.nan
        drizzled[1, rows][low] = 0


def _drizzle_block(member, path, block, recipe):
    drizzled = np.stack([np.full(block.outer.shape, np.nan, np.float32), np.zeros(block.outer.shape, np.float32)])
    mapped = part_and_map(member, block, recipe.drop)
    if mapped is not None:
        part, positions = mapped
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
    whole = Rectangle.around([layer.area for layer in layers])
    step = -(-sum(math.prod(layer.area.shape) for layer in layers) // MAX_WEIGHTS)
    sample = []
    for row in range(whole.rows.start, whole.rows.stop, STRIP):
        strip = Rectangle(slice(row, min(row + STRIP, whole.rows.stop)), whole.columns)
        weight = combine(layers, strip)[1]
        # A copy, as a view would keep all weights of the exposure in memory.
        sample.append(weight[weight != 0][::step].copy())
    return np.concatenate(sample)


def combine(layers, area):
    """Coadd the members of an exposure in a rectangle of the grid.

    Parameters
    ----------
    layers : list of Layer
    area : Rectangle

    Returns
    -------
    image, weight : ndarray of float32
        Weighted mean, NaN where nothing fell, and sum of weights.
    """
    image, weight = np.full(area.shape, np.nan, np.float32), np.zeros(area.shape, np.float32)
    for layer in layers:
        common = layer.area.overlap(area)
        if not common:
            continue
        target = common.within(area)
        new_image, new_weight = np.load(layer.path, mmap_mode="r")[(slice(None), *common.within(layer.area))]
        old_image, old_weight = image[target], weight[target]
        if not old_weight.any():
            image[target], weight[target] = new_image, new_weight
            continue
        both = (old_weight != 0) & (new_weight != 0)
        total = old_weight + new_weight
        mean = np.where(old_weight != 0, old_image, new_image)
        mean[both] = (old_image[both] * old_weight[both] + new_image[both] * new_weight[both]) / total[both]
        image[target], weight[target] = mean, total
    return image, weight
