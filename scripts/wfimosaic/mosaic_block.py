"""Compute one block of the mosaic from the members that fall on it."""

from dataclasses import dataclass

import numpy as np

from .drizzling import PLANE_BITS, Canvas, Drop, part_and_map
from .flags import bad_bits, good_pixels
from .mapped_image import mapped_image
from .weights import effective_time, known_time, pixel_weights, sky_variance


@dataclass(frozen=True)
class Recipe:
    """How members become a mosaic: the drop, the weights and what else is wanted."""

    drop: Drop
    weight_type: str
    good_bits: str
    variances: tuple
    propagate_dq: bool


@dataclass
class Piece:
    """A part of a member in a block: where its pixels fall and what they weigh."""

    index: int
    part: tuple
    positions: np.ndarray
    data: np.ndarray
    weight: np.ndarray
    usable: np.ndarray


def mosaic_block(members, block, recipe):
    """Drizzle members together in a block.

    Parameters
    ----------
    members : list of (int, GridMember, str)
        Number, member and `_outlier_detection` file, in the association's order.
    block : Block
    recipe : Recipe

    Returns
    -------
    dict of str to ndarray, each of the block's own shape
        data [MJy/sr], weight, err, one for each variance [(MJy/sr)^2], `exposure_time` [s] and, with
        propagate_dq, dq; `context` is a dict of plane number to array. NaN where nothing fell.
    """
    canvas = Canvas(block, sorted({index // PLANE_BITS for index, *_ in members}), recipe.propagate_dq)
    sums = {name: _Sum(block) for name in recipe.variances}
    exposure_time = np.zeros(block.outer_shape, np.float32)
    for index, member, path in members:
        piece = _cut(index, member, mapped_image(path), block, recipe)
        if piece is None:
            continue
        image = mapped_image(path)
        dq = image.read("dq", piece.part) if recipe.propagate_dq else None
        canvas.add(piece.data, piece.weight, piece.positions, recipe.drop, index, dq)
        # The context knows already, unless drops are small, lobes are negative, or a usable pixel has no weight.
        known = recipe.drop.pixfrac == 1 and not recipe.drop.kernel.startswith("lanczos")
        known = known and ((piece.weight > 0) == piece.usable).all()
        touched = canvas.touched_by(index) if known else _touched(piece, block, recipe.drop)
        exposure_time[touched] += np.float32(effective_time(image.meta.exposure))
        _add_variances(sums, piece, image, block, recipe)
    variances = {name: total.mean(recipe.drop.pixel_scale_ratio) for name, total in sums.items()}
    arrays = {"data": canvas.image, "weight": canvas.weight, "exposure_time": exposure_time, **variances}
    arrays["err"] = total_error(list(variances.values()))
    if recipe.propagate_dq:
        arrays["dq"] = canvas.dq
    arrays = {name: array[block.inner] for name, array in arrays.items()}
    context = {plane: array[block.inner].view(np.uint32) for plane, array in canvas.context.items()}
    return arrays | {"context": context}


def total_error(variances):
    """Root of the sum of variances, NaN counting as 0 unless all are: ndarray of float32."""
    variances = np.stack(variances)
    error = np.sqrt(np.nansum(variances, axis=0))
    error[np.isnan(variances).all(axis=0)] = np.nan
    return error.astype(np.float32)


def _cut(index, member, image, block, recipe):
    found = part_and_map(member, block, recipe.drop)
    if found is None:
        return None
    part, positions = found
    data, dq = image.read("data", part), image.read("dq", part)
    good = good_pixels(data, dq, recipe.good_bits)
    variance = None
    if recipe.weight_type.startswith("ivm"):
        variance = image.read("var_rnoise", part)
    if recipe.weight_type == "ivm-sky":
        with_sky = data + (image.full_level - image.level)
        variance = sky_variance(with_sky, variance, image.read("var_poisson", part), _typical(image))
    weight = pixel_weights(recipe.weight_type, good, variance, image.meta.exposure.get("exposure_time"))
    usable = (dq & bad_bits(recipe.good_bits)) == 0
    return Piece(index, part, positions, np.where(good, data - image.level, 0), weight, usable)


def _typical(image):
    # The median of the usable data with its sky, as romancal's ivm-sky wants it; evenly sampled when large.
    if not hasattr(image, "typical"):
        step = max(1, image.read("dq", (0, slice(None))).size // 2048)
        part = (slice(None, None, step), slice(None, None, step))
        data = image.read("data", part)
        good = good_pixels(data, image.read("dq", part), "~DO_NOT_USE")
        image.typical = np.median(data[good]) + (image.full_level - image.level) if good.any() else np.float32(0)
    return image.typical


def _touched(piece, block, drop):
    # Exposure time counts whole pixels, whatever size the drops have.
    canvas = Canvas(block)
    whole = Drop(drop.kernel, 1.0, drop.pixel_scale_ratio)
    canvas.add(piece.usable.astype(np.float32), piece.usable.astype(np.float32), piece.positions, whole)
    return canvas.weight != 0


class _Sum:
    """Running sums of w**2 v and of w for one variance."""

    def __init__(self, block):
        self.squares = np.zeros(block.outer_shape, np.float32)
        self.weight = np.zeros(block.outer_shape, np.float32)

    def add(self, variance, weight):
        # Comparing with NaN is False, so that NaN counts as 0.
        weight = np.where((variance >= 0) & (variance < np.inf), weight, np.float32(0))
        self.weight += weight
        weight *= weight
        weight *= np.where(weight > 0, variance, np.float32(0))
        self.squares += weight

    def mean(self, pixel_scale_ratio):
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.squares / np.float32(pixel_scale_ratio**2) / self.weight / self.weight).astype(np.float32)


def _add_variances(sums, piece, image, block, recipe):
    # The root of each variance is drizzled like data, so that it is averaged with the data's own
    # weights: formal propagation through the drops would make aperture errors too small.
    weight = None
    for name in ("var_rnoise", *(name for name in sums if name != "var_rnoise")):
        if name not in sums or not image.has(name):
            continue
        variance = image.read(name, piece.part)
        canvas = Canvas(block)
        usable = np.isfinite(variance) & (variance >= 0)
        root = np.sqrt(np.where(usable, variance, 0))
        canvas.add(root, np.where(usable, piece.weight, 0), piece.positions, recipe.drop)
        drizzled = canvas.image**2
        if weight is None:
            weight = _image_weight(drizzled, recipe.weight_type, image)
        sums[name].add(drizzled, weight)


def _image_weight(read_noise, weight_type, image):
    if weight_type.startswith("ivm"):
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = 1 / read_noise
        return np.where(np.isfinite(weight) & (weight > 0), weight, np.float32(0))
    seconds = image.meta.exposure.get("exposure_time") if weight_type == "exptime" else 1.0
    return np.full(read_noise.shape, known_time(seconds), np.float32)
