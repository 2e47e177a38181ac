"""Drizzle all members onto the output grid: the mosaic."""

import logging
from collections import Counter
from types import MappingProxyType

import numpy as np

from ..association.association import product_of
from ..drizzling.context import PLANE_BITS, covered_and_single, plane_count
from ..drizzling.drop import Drop
from ..errors import InputError
from ..files.array_file import ArrayFile
from ..files.scratch import scratch_folder
from ..grid.block_size import BLOCK_SIZE
from ..grid.blocks import cut_into_blocks
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..images.flags import bad_bits
from ..images.unreadable import why_unreadable
from ..noise.correlation import Correlation
from ..noise.noise_file import finish_noise, noise_file, remove_noise
from ..noise.noise_record import noise_record
from ..workers import run_in_workers
from .central_correlation import central_correlation
from .image_statistics import image_statistics
from .members_of_blocks import members_of_blocks
from .mosaic_block import Recipe, mosaic_block
from .mosaic_file import finish_mosaic, room_for

log = logging.getLogger(__name__)


def resample(
    members,
    grid,
    output,
    pixfrac=1.0,
    kernel="square",
    fillval=np.nan,
    weight_type="ivm-sky",
    good_bits="~DO_NOT_USE+NON_SCIENCE",
    include_var_flat=False,
    propagate_dq=False,
    noise_realizations=0,
    association=None,
    record=MappingProxyType({"settings": {}, "excluded": ()}),
    workers=1,
):
    """Write the mosaic of a product.

    Parameters
    ----------
    members : list of str
        `_outlier_detection` files, in the grid's order.
    grid : str
        The mosaic grid's file.
    output : str
        The `_i2d` file: a roman_datamodels MosaicModel. Realizations of noise go to the file `_noise` beside it.
    pixfrac, kernel
        See `Drop`.
    fillval : float or str
        Value of `data` where nothing fell.
    weight_type : str
        See `pixel_weights`.
    good_bits : str
        Flags to ignore.
    include_var_flat, propagate_dq : bool
        Whether to add var_flat and dq.
    noise_realizations : int
        How many noise images of each member are drizzled as its data are.
    association : dict
        name and data_release_id, for the metadata.
    record : dict
        `settings` of all steps, and `excluded`: path and reason of what did not become a member; `urls` of members that
        the grid knows by the paths of copies.
    workers : int

    References
    ----------
    romancal resample; Fruchter & Hook 2002, PASP 114, 144.
    """
    for reason in filter(None, map(why_unreadable, members)):
        raise InputError(reason)
    grid = read_grid(grid)
    for member in grid.members:
        member.path = record.get("urls", {}).get(member.path, member.path)
    if weight_type == "exptime":
        log.warning("weight_type exptime weighs members by time alone: err does not account for this weighting")
    recipe = Recipe(
        drop=Drop(kernel, pixfrac, grid.pixel_scale_ratio),
        weight_type=weight_type,
        good_bits=good_bits,
        variances=("var_rnoise", "var_poisson") + (("var_flat",) if include_var_flat else ()),
        propagate_dq=propagate_dq,
        realizations=noise_realizations,
        product=product_of(output),
    )
    with scratch_folder(output) as scratch:
        file = ArrayFile(scratch / "mosaic.asdf", _kinds(grid, recipe), room_for(members))
        noise = noise_file(scratch, noise_realizations, grid.shape) if noise_realizations else None
        metadata = []

        def read_metadata():
            # While the workers are at it: importing the data models takes as long as a small block.
            from .mosaic_model import read_member_metadata

            metadata.extend(read_member_metadata(member) for member in members)

        bad_bits(good_bits)  # Before workers are forked: see there.
        blocks = cut_into_blocks(Rectangle.whole(grid.shape), BLOCK_SIZE, recipe.drop.margin)
        near = members_of_blocks(members, grid, blocks, recipe.drop.reach)
        places = file.places | (noise.places if noise else {})
        tasks = [(*pair, recipe, places, float(fillval)) for pair in zip(near, blocks, strict=True)]
        filled = run_in_workers(_fill_block, tasks, workers, "block", read_metadata)
        times, single, unused, correlation = _sum_up(grid, tasks, filled)
        if len(unused) == len(members):
            raise InputError(f"{output}: no member has a usable pixel on the grid: look at the members' logs")
        used = [k for k in range(len(members)) if k not in unused]
        correlations = noise_record(correlation, *central_correlation(file.arrays["weight"], members, grid, recipe))
        excluded = [*record["excluded"], *_excluded(grid, unused, metadata)]
        from .mosaic_model import mosaic_model

        statistics = image_statistics(file.arrays["data"])
        model = mosaic_model(
            *(grid, metadata, recipe, times, statistics, association, record["settings"], excluded, single, used),
            correlations,
        )
        if noise:
            finish_noise(noise, output, grid.stored_wcs(), [member.stem for member in grid.members], workers)
        else:
            remove_noise(output)
        finish_mosaic(model, file, output, workers)


def _kinds(grid, recipe):
    kinds = dict.fromkeys(("data", "weight", "err", *recipe.variances), (np.float32, grid.shape))
    kinds["context"] = (np.uint32, (plane_count(len(grid.members)), *grid.shape))
    if recipe.propagate_dq:
        kinds["dq"] = (np.uint32, grid.shape)
    return kinds


def _excluded(grid, unused, metadata):
    for index in unused:
        path, why = grid.members[index].path, metadata[index].get("wfimosaic", {}).get("unusable")
        reason = "it has no usable pixel" + (f": {why}" if why else " on the grid")
        log.warning("%s: adds nothing to the mosaic: %s", path, reason)
        yield {"path": path, "reason": reason}


def _sum_up(grid, tasks, filled):
    # Exposure times, the fraction of the area with a single exposure, the members that were used nowhere, and how noise
    # is correlated.
    waiting = Counter(index for near, *_ in tasks for index, *_ in near)
    results, done = [], 0
    for (near, *_), result in zip(tasks, filled, strict=True):
        results.append(result)
        for index, member, _ in near:
            waiting[index] -= 1
            if waiting[index] == 0:
                done += 1
                log.info("%s: drizzled, %d of %d members", member.stem, done, len(waiting))
    total, count, single, longest, used, correlations = zip(*results, strict=True)
    mean = sum(total) / sum(count) if sum(count) else 0.0
    unused = sorted(set(range(len(grid.members))).difference(*used))
    times = {"exposure_time": float(mean), "max_exposure_time": float(max(longest))}
    return times, sum(single) / max(1, sum(count)), unused, sum(correlations, Correlation())


def _fill_block(members, block, recipe, places, fillval):
    arrays = mosaic_block(members, block, recipe)
    exposure_time, correlation = arrays.pop("exposure_time"), arrays.pop("correlation")
    arrays["data"][arrays["weight"] == 0] = fillval
    seen, context = {}, arrays.pop("context")
    single = _single(context, members)
    for plane, array in context.items():
        seen[plane] = int(np.bitwise_or.reduce(array, axis=None))
        places["context"].map()[plane, *block.slices] = array
    for name, array in arrays.items():
        places[name].map()[..., *block.slices] = array
    exposed = exposure_time[exposure_time > 0]
    used = {PLANE_BITS * plane + bit for plane, bits in seen.items() for bit in range(PLANE_BITS) if bits >> bit & 1}
    return exposed.sum(dtype=np.float64), exposed.size, single, exposure_time.max(initial=0), used, correlation


def _single(context, members):
    # How many pixels only one exposure fell on.
    if not context:
        return 0
    exposures = {}
    for index, member, _ in members:
        exposures.setdefault(member.group, []).append(index)
    return np.count_nonzero(covered_and_single(context, exposures.values())[1])
