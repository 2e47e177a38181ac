"""Drizzle each exposure by itself, as outlier detection needs it."""

from dataclasses import dataclass

import numpy as np

from ..drizzling.drop import Drop
from ..drizzling.member_on_block import MemberOnBlock
from ..drizzling.member_part import member_part
from ..files.strips import strips
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks, footprint
from ..grid.rectangle import Rectangle
from ..images.flags import bad_bits
from ..images.stored_image import stored_image
from ..images.weights import pixel_weights, weighted_part
from ..workers import run_in_workers

# Weights that a threshold is taken from.
MAX_WEIGHTS = 2**22
SAMPLED_ROWS = 64


@dataclass(frozen=True)
class MedianRecipe:
    """How exposures become a median.

    `drop` is None where members are taken as they are, pixel by pixel. `weight_type` is one of `pixel_weights`,
    `good_bits` are the flags that are treated as good; pixels count that have at least `maskpt` of the exposure's
    typical weight; of each pixel's values the `nlow` lowest and the `nhigh` highest are dropped. `method` is that of
    outlier detection: romancal takes the mean of two middle values and the typical weight of all detectors of an
    exposure; pairwise the lower value, as rays are bright, and each detector's own typical weight. With ivm-sky all of
    its good pixels then weigh the same: where stars crowd or a channel is noisy all weigh less, and none would count.
    """

    drop: Drop | None
    weight_type: str
    good_bits: str
    maskpt: float
    nlow: int = 0
    nhigh: int = 0
    method: str = "pairwise"

    @property
    def even(self):
        """Whether all good pixels of a member weigh the same."""
        return self.method == "pairwise" and self.weight_type == "ivm-sky"


@dataclass(frozen=True)
class Exposure:
    """The members of one exposure, and the weights below which pixels do not count.

    `members` is a list of (GridMember, `_skymatch` file, the drizzled member's threshold), `area` the rectangle of the
    grid that they fall into, None if they fall beside it; `threshold` is that of all of them together.
    """

    group: str
    members: list
    area: Rectangle | None
    threshold: float


def weigh_exposures(members, grid, recipe, workers):
    """Find the exposures of a product and the weights below which their pixels do not count.

    Parameters
    ----------
    members : list of str
        `_skymatch` files, in the grid's order.
    grid : Grid
    recipe : MedianRecipe
    workers : int

    Returns
    -------
    list of Exposure
    """
    bad_bits(recipe.good_bits)  # Before workers are forked: see there.
    tasks = [
        (group, [(grid.members[k], members[k]) for k in indices], grid.shape, recipe)
        for group, indices in grid.groups().items()
    ]
    return list(run_in_workers(weigh_exposure, tasks, workers, "exposure"))


def weigh_exposure(group, members, shape, recipe):
    """Find the weights below which the pixels of one exposure do not count.

    Parameters
    ----------
    group : str
    members : list of (GridMember, str)
        Member and its `_skymatch` file.
    shape : (int, int)
        ny, nx of the grid.
    recipe : MedianRecipe

    Returns
    -------
    Exposure
    """
    areas = [_area_of(member, shape, recipe.drop) for member, _ in members]
    there = [(*pair, area) for pair, area in zip(members, areas, strict=True) if area]
    area = Rectangle.around([area for *_, area in there]) if there else None
    together = recipe.drop is None or recipe.method == "romancal"
    members = [(*pair, 0.0 if together else _member_threshold(pair[1], recipe)) for *pair, _ in there]
    exposure = Exposure(group, members, area, 0.0)
    if not together:
        return exposure
    threshold = weight_threshold(exposure_weights(exposure, recipe), recipe.maskpt)
    return Exposure(group, members, area, threshold)


def _area_of(member, shape, drop):
    if drop is None:
        return Rectangle.whole(member.shape)
    return footprint(member, shape, max(drop.margin, int(np.ceil(drop.reach))))


def _member_threshold(path, recipe):
    # From pixels all over the member: its part on one grid must not have another threshold than that on the next.
    image = stored_image(path)
    ny, nx = image["data"].shape
    rows = [(slice(row, row + 1), slice(0, nx)) for row in range(0, ny, max(1, ny // SAMPLED_ROWS))]
    weights = [_weighted_part(image, row, recipe)[1].ravel() for row in rows]
    return recipe.drop.pixel_scale_ratio**2 * weight_threshold(np.concatenate(weights), recipe.maskpt)


def _weighted_part(image, part, recipe):
    data, weight, _ = weighted_part(image, part, recipe.weight_type, recipe.good_bits)
    if recipe.even:
        blocks = pixel_weights("ivm-sky", np.True_, np.asarray(image.meta["wfimosaic"]["sky_noise"]))
        weight = (weight > 0) * (blocks[blocks > 0].mean() if (blocks > 0).any() else np.float32(0))
    return data, weight


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


def exposure_weights(exposure, recipe):
    """Return the weights of an exposure that are not 0, evenly sampled if there are many: ndarray of float32."""
    if exposure.area is None:
        return np.zeros(0, np.float32)
    ny, nx = exposure.area.shape
    step = -(-ny * nx // MAX_WEIGHTS)
    sample = []
    for block in cut_into_blocks(exposure.area, BLOCK_SIZE, recipe.drop.margin if recipe.drop else 0):
        _, weight = drizzle_exposure(exposure, block, recipe)
        # A copy, as a view would keep all weights of the exposure in memory.
        sample.append(weight[weight != 0][::step].copy())
    return np.concatenate(sample)


def drizzle_exposure(exposure, block, recipe):
    """Drizzle the members of one exposure onto a block and coadd them.

    Parameters
    ----------
    exposure : Exposure
    block : Block
    recipe : MedianRecipe

    Returns
    -------
    image, weight : ndarray of float32, shape of the block
        Weighted mean [MJy/sr], NaN where nothing fell or too little, and sum of weights.
    """
    image, weight = np.full(block.shape, np.nan, np.float32), np.zeros(block.shape, np.float32)
    single = MemberOnBlock(block) if recipe.drop else None
    for member, path, threshold in exposure.members:
        found = _member_on(single, member, path, block, recipe)
        if found is None:
            continue
        area, new_image, new_weight = found
        for rows in strips(slice(0, area.shape[0]), area.shape[1]):
            target = (slice(area.rows.start + rows.start, area.rows.start + rows.stop), area.columns)
            low = new_weight[rows] < threshold
            _coadd(image[target], weight[target], *_without(low, new_image[rows], new_weight[rows]))
    for rows in strips(slice(0, len(image)), image.shape[1]):
        image[rows][weight[rows] < exposure.threshold] = np.nan
    return image, weight


def _without(low, image, weight):
    return np.where(low, np.float32(np.nan), image), np.where(low, np.float32(0), weight)


def _member_on(single, member, path, block, recipe):
    # A member alone: where on the block it falls, mean and weight there.
    if single is None:
        data, weight = _weighted_part(stored_image(path), block.slices, recipe)
        data[weight == 0] = np.nan
        return Rectangle.whole(block.shape), data, weight
    part = member_part(member, block, recipe.drop)
    if part is None:
        return None
    single.begin(part.area, recipe.drop)
    for band in part.bands():
        data, weight = _weighted_part(stored_image(path), band.part, recipe)
        single.add(data[None], weight, band.positions, corner=band.corner)
    single.finish()
    inner = Rectangle(*block.inner)
    area = Rectangle(*single.area).overlap(inner)
    if not area:
        return None
    return Rectangle(*area.within(inner)), single.means[0][area.slices], single.weight[area.slices]


def _coadd(image, weight, new_image, new_weight):
    # In place: where only one has weight its value stays, to the last bit.
    both = (weight != 0) & (new_weight != 0)
    total = weight + new_weight
    mean = np.where(weight != 0, image, new_image)
    mean[both] = (image[both] * weight[both] + new_image[both] * new_weight[both]) / total[both]
    image[:], weight[:] = mean, total
