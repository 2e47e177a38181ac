"""The metadata of mosaics that are put together: those that a mosaic of all members would have."""

import heapq
import itertools
import logging
from dataclasses import replace

from .. import __version__
from ..errors import InputError
from ..grid.output_wcs import OutputWcs
from ..noise.noise_record import mean_noise
from .common_metadata import common_metadata
from .image_tables import table_of
from .mosaic_header import exposures_of
from .mosaic_model import time_span
from .wcs_information import wcs_information

log = logging.getLogger(__name__)


def check_alike(mosaics):
    """Check that mosaics were made in the same way of the same versions of their members.

    Parameters
    ----------
    mosaics : list of MosaicHeader

    Raises
    ------
    InputError
        For sky levels that differ there is only a warning.
    """
    first = mosaics[0]
    versions, levels = {}, {}
    for mosaic in mosaics:
        for what, of in CHECKED.items():
            if of(mosaic) != of(first):
                raise InputError(
                    f"{mosaic.path}: {what}: {of(mosaic)}, in {first.path} {of(first)}: only mosaics that were made "
                    "alike can be put together"
                )
        for step, options in mosaic.record.settings.items():
            for name, value in options.items():
                other = first.record.settings.get(step, {}).get(name)
                if not _same(value, other):
                    raise InputError(
                        f"{mosaic.path}: was made with {step}.{name} = {value}, {first.path} with {other}: make them "
                        "with the same settings"
                    )
        for name, entry, row in zip(mosaic.members, mosaic.record.inputs, mosaic.rows, strict=True):
            sha256, path = versions.setdefault(name, (entry["sha256"], mosaic.path))
            if sha256 != entry["sha256"]:
                raise InputError(f"{mosaic.path}: was made of another version of {name} than {path}: make it again")
            level = row.get("background", {}).get("level")
            levels.setdefault(name, {}).setdefault(level, mosaic.path)
    different = {name: paths for name, paths in levels.items() if len(paths) > 1}
    if different:
        name, paths = next(iter(different.items()))
        log.warning(
            "%d members have another sky level in one mosaic than in another (%s: %s): where these meet are steps",
            *(len(different), name, ", ".join(f"{level} in {path}" for level, path in list(paths.items())[:2])),
        )


CHECKED = {
    "its filter": lambda mosaic: mosaic.meta["instrument"]["optical_element"],
    "its data release": lambda mosaic: mosaic.meta["data_release_id"],
    "its arrays": lambda mosaic: sorted(mosaic.dtypes),
}


def _same(value, other):
    return value == other or (value != value and other != other)


def order_of_members(mosaics):
    """Find an order of all members that agrees with that of each mosaic, and else is alphabetic: list of str."""
    after, before = {}, {}
    for mosaic in mosaics:
        for name in mosaic.members:
            after.setdefault(name, set())
            before.setdefault(name, set())
        for name, following in itertools.pairwise(mosaic.members):
            after[name].add(following)
            before[following].add(name)
    ready = [name for name, names in before.items() if not names]
    heapq.heapify(ready)
    order = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for following in after[name]:
            before[following].discard(name)
            if not before[following]:
                heapq.heappush(ready, following)
    # Mosaics that contradict each other.
    return order if len(order) == len(after) else list(after)


def stitched_metadata(mosaics, members, lattice, exposed, statistics):
    """Join the metadata of mosaics.

    Parameters
    ----------
    mosaics : list of MosaicHeader
        As `check_alike` accepts them.
    members : list of str
        All members in the order of the context.
    lattice : CommonLattice
    exposed : Exposed
        How many pixels have one exposure or more, and their times.
    statistics : dict
        See `image_statistics`.

    Returns
    -------
    dict
        The group `meta` of a mosaic.
    """
    first, metas = mosaics[0], [mosaic.meta for mosaic in mosaics]
    # The table of each member is that of the first mosaic that has it.
    source = {name: (mosaic, k) for mosaic in reversed(mosaics) for k, name in enumerate(mosaic.members)}
    rows = [mosaic.rows[k] for mosaic, k in (source[name] for name in members)]
    inputs = [mosaic.record.inputs[k] for mosaic, k in (source[name] for name in members)]
    used_names = set().union(*(mosaic.used for mosaic in mosaics))
    used = {k for k, name in enumerate(members) if name in used_names}
    grid = OutputWcs(lattice.wcs, lattice.shape, _pixel_scale_ratio(mosaics, members))
    meta = first.meta | {
        "calibration_software_version": __version__,
        "association": {"name": ", ".join(dict.fromkeys(str(meta["association"]["name"]) for meta in metas))},
        "coadd_info": time_span(exposures_of(inputs), rows, used) | exposed.times,
        "statistics": statistics,
        "resample": first.meta["resample"]
        | {"members": members, "pointings": len(used), "pixel_scale_ratio": grid.pixel_scale_ratio},
        "individual_image_meta": _tables(rows),
        "wcsinfo": wcs_information(grid, None),
        "wcs": lattice.wcs,
    }
    # What all members of each mosaic have in common tells what all members have.
    for group, values in common_metadata(metas, str(first.meta["data_release_id"])).items():
        meta[group] = values if isinstance(values, str) else {**first.meta[group], **values}
    del meta["file_date"]
    used_paths = {inputs[k]["path"] for k in used}
    excluded = {e["path"]: e for m in mosaics for e in m.record.excluded if e["path"] not in used_paths}
    versions = [mosaic.record.versions for mosaic in mosaics]
    versions = {name: ", ".join(dict.fromkeys(v[name] for v in versions if name in v)) for name in versions[0]}
    checked = meta["cal_step"]["outlier_detection"] == "COMPLETE"
    record = replace(
        first.record,
        excluded=list(excluded.values()),
        unchecked=exposed.single / max(1, exposed.count) if checked else 1.0,
        inputs=inputs,
        versions=versions,
        noise=mean_noise([mosaic.record.noise for mosaic in mosaics]),
    )
    record.save_to(meta)
    return meta


def _pixel_scale_ratio(mosaics, members):
    # To the pixels of the first member, as in the mosaic that it is the first one of: one lattice has one scale.
    mosaic = next((mosaic for mosaic in mosaics if mosaic.members[0] == members[0]), mosaics[0])
    return float(mosaic.meta["resample"]["pixel_scale_ratio"])


def _tables(rows):
    groups = dict.fromkeys(group for row in rows for group in row)
    return {group: table_of([row.get(group, {}) for row in rows]) for group in groups}
