"""Compute one block of the mosaic from the members that fall on it."""

from dataclasses import dataclass

import numpy as np

from ..drizzling.canvas import Canvas
from ..drizzling.context import PLANE_BITS
from ..drizzling.drop import Drop
from ..drizzling.member_on_block import NO_FLAGS, MemberOnBlock
from ..drizzling.member_part import member_part
from ..files.strips import strips
from ..images.stored_image import stored_image
from ..images.weights import effective_time, weighted_part
from ..noise.correlation import measure_correlation
from ..noise.realizations import Realizations, draw_noise
from ..noise.sampled_drops import Sampler
from .mosaic_variances import MosaicVariances
from .whole_pixels import WholePixels


@dataclass(frozen=True)
class Recipe:
    """How members become a mosaic: the drop, the weights and what else is wanted.

    `realizations` is the number of those of its noise, which the name of the `product` seeds.
    """

    drop: Drop
    weight_type: str
    good_bits: str
    variances: tuple
    propagate_dq: bool
    realizations: int = 0
    product: str = ""


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
        `noise` [MJy/sr] has a plane for each realization, if any are wanted. `correlation` is the block's Correlation.
    """
    canvas = Canvas(block, sorted({index // PLANE_BITS for index, *_ in members}), recipe.propagate_dq)
    lanczos, number = recipe.drop.kernel.startswith("lanczos"), len(recipe.variances)
    single = MemberOnBlock(block, number + (not lanczos) + recipe.realizations, recipe.propagate_dq and not lanczos)
    variances = MosaicVariances(block.outer.shape, recipe.variances, recipe.weight_type)
    noise, samples = Realizations(block.outer.shape, recipe.realizations), []
    exposure_time = np.zeros(block.outer.shape, np.float32)
    whole = WholePixels(block, recipe.drop, recipe.good_bits)
    for index, member, path in members:
        part = member_part(member, block, recipe.drop)
        if part is None:
            continue
        image, sample = stored_image(path), Sampler(member, part, recipe.drop, (len(members), index))
        single.begin(part.area, recipe.drop)
        whole.begin(part.area)
        for band in part.bands():
            values, weight, complete = _values_and_weight(image, band.part, recipe, member.stem)
            sample.look_at(band.part, weight, values[1 : 1 + number])
            dq = image.read("dq", band.part) if recipe.propagate_dq else NO_FLAGS
            single.add(values[1:] if lanczos else values, weight, band.positions, dq, band.corner)
            if lanczos:
                # Where lobes cancel, sums of weights are close to 0 and rounding counts: as drizzle adds members up.
                canvas.drizzle(values[0], weight, band.positions, recipe.drop, index, dq if dq.size else None)
            whole.add(image, band, complete)
        single.finish()
        if not lanczos:
            canvas.merge(single, index)
        samples.append(sample.found())
        touched = canvas.touched_by(index, part.area) | whole.touched()
        exposure_time[part.area] += np.float32(effective_time(image.meta["exposure"])) * touched
        means = single.means if lanczos else single.means[1:]
        variances.add(image, means[:number], single.weight, part.area)
        noise.add(means[number:], single.weight, part.area)
    arrays = {
        "data": canvas.image,
        "weight": canvas.weight,
        "exposure_time": exposure_time,
        **variances.mean(recipe.drop.pixel_scale_ratio),
    }
    arrays["err"] = total_error([arrays[name] for name in recipe.variances])
    correlation = measure_correlation(samples, recipe.drop, arrays["weight"], arrays["err"], block.outer)
    if recipe.realizations:
        arrays["noise"] = noise.mean(canvas.weight)
    if recipe.propagate_dq:
        arrays["dq"] = canvas.dq
    arrays = {name: array[..., *block.inner] for name, array in arrays.items()}
    context = {plane: array[block.inner] for plane, array in canvas.context.items()}
    return arrays | {"context": context, "correlation": correlation}


def _values_and_weight(image, part, recipe, member):
    # The data, the roots of the variances, NaN where a member has none, and realizations of its noise.
    rows, columns = part
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    values = np.empty((1 + len(recipe.variances) + recipe.realizations, *shape), np.float32)
    values[0], weight, complete = weighted_part(image, part, recipe.weight_type, recipe.good_bits)
    roots, noise = np.split(values[1:], [len(recipe.variances)])
    for root, name in zip(roots, recipe.variances, strict=True):
        if name not in image:
            root[:] = np.nan
            continue
        for strip in strips(rows, shape[1]):
            with np.errstate(invalid="ignore"):
                np.sqrt(
                    image.read(name, (strip, columns)), out=root[strip.start - rows.start : strip.stop - rows.start]
                )
    draw_noise(noise, roots, part, recipe.product, member)
    return values, weight, complete


def total_error(variances):
    """Root of the sum of variances, NaN counting as 0 unless all are: ndarray of float32."""
    known = ~np.isnan(variances[0])
    total = np.where(known, variances[0], np.float32(0))
    for variance in variances[1:]:
        present = ~np.isnan(variance)
        np.add(total, variance, out=total, where=present)
        known |= present
    total[~known] = np.nan
    return np.sqrt(total, out=total)
