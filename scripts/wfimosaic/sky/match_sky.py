"""Measure the sky of every member and match them to each other."""

import logging

import numpy as np

from ..errors import InputError
from ..files.strips import strips
from ..grid.grid import read_grid
from ..images.calibration import flux_scale
from ..images.flags import bad_bits, good_pixels
from ..images.image_file import mapped_pixels
from ..images.stored_image import stored_member
from ..workers import run_in_workers
from .overlaps import overlapping_pairs, pixels_inside
from .sky_levels import match_levels
from .sky_record import Overlap, SkyLevel, SkyRecord, write_sky_record
from .sky_statistic import measure_sky

log = logging.getLogger(__name__)

# Pixels that suffice for an overlap, and for all overlaps of a member together: many overlaps make up for
# what each of them lacks.
MAX_OF_OVERLAP = 2**20
MAX_OF_MEMBER = 2**22


def match_sky(
    grid,
    output,
    skymethod="match",
    match_down=True,
    skip=False,
    stepsize=None,
    skystat="median",
    dqbits="~DO_NOT_USE+NON_SCIENCE",
    lower=None,
    upper=None,
    nclip=5,
    lsigma=4.0,
    usigma=4.0,
    binwidth=0.1,
    flux_skip=False,
    counts_allowed=False,
    workers=1,
):
    """Find one sky level for each member of a grid.

    Parameters
    ----------
    grid : str
        The outlier grid's file, which names the members.
    output : str
        The sky record to write: the members' levels with the figures behind them.
    skymethod : str
        local: each member's own sky; global: the lowest of these for all; match: differences that
        make overlaps agree; global+match: these, and what then is the lowest sky of each island of
        overlapping members.
    match_down, skip, stepsize
        See `match_levels`, the options, and `overlapping_pairs`.
    skystat, dqbits, lower, upper, nclip, lsigma, usigma, binwidth
        See `measure_sky`.
    flux_skip, counts_allowed
        See `flux_scale`.
    workers : int

    References
    ----------
    romancal skymatch, stcal.skymatch.
    """
    grid = read_grid(grid)
    count = len(grid.members)
    matching, whole = "match" in skymethod, skymethod != "match"
    pairs = overlapping_pairs(grid, stepsize) if matching and not skip else {}
    statistics = {
        "skystat": skystat,
        "lower": lower,
        "upper": upper,
        "nclip": nclip,
        "lsigma": lsigma,
        "usigma": usigma,
        "binwidth": binwidth,
    }
    if not skip:
        bad_bits(dqbits)  # Before workers are forked: see there.
    tasks = [
        (
            member,
            {j if i == k else i: polygon for (i, j), polygon in pairs.items() if k in (i, j)},
            whole,
            dqbits,
            statistics,
            flux_skip,
            counts_allowed,
        )
        for k, member in enumerate(grid.members)
    ]
    measured = [] if skip else list(run_in_workers(_measure_member, tasks, workers, "member"))
    overlaps = _overlaps(pairs, measured)
    levels, islands = match_levels(count, overlaps, match_down) if matching else (np.zeros(count), [])
    valid = np.isfinite(levels) & (not skip)
    levels = np.where(valid, levels, 0.0)
    if whole and not skip:
        levels, valid = _add_whole_sky(skymethod, levels, islands, [m["whole"] for m in measured])
    _warn(grid, skymethod, skip, islands, valid)
    record = SkyRecord(
        method=skymethod,
        levels={
            member.stem: SkyLevel(member.fingerprint, float(level), "COMPLETE" if good else "SKIPPED")
            for member, level, good in zip(grid.members, levels, valid, strict=True)
        },
        overlaps=overlaps,
        whole={member.stem: m["whole"] for member, m in zip(grid.members, measured, strict=False) if m["whole"]},
    )
    write_sky_record(record, output)
    for stem, sky in record.levels.items():
        log.info("%s: sky level %.6g MJy/sr", stem, sky.level)


def _measure_member(member, neighbours, whole, dqbits, statistics, flux_skip, counts_allowed):
    with stored_member(member.path, member.fingerprint) as image:
        if (image.meta.get("background") or {}).get("subtracted"):
            raise InputError(f"{member.path}: its sky is subtracted already: give the _cal file, or set skymatch.skip")
        scale = flux_scale(member.path, image, flux_skip, counts_allowed)
        data, dq = (mapped_pixels(member.path, image, name) for name in ("data", "dq"))

        def good(pixels):
            values = data[pixels] * scale
            return values[good_pixels(values, dq[pixels], dqbits)]

        def measure(pieces):
            values = np.concatenate([data[:0, 0], *(good(pixels) for pixels in pieces)])
            # A dead detector would be the lowest sky of all.
            return measure_sky(values, **statistics) if values.any() else None

        max_pixels = min(MAX_OF_OVERLAP, MAX_OF_MEMBER // max(1, len(neighbours)))
        return {
            "whole": measure(strips(slice(0, len(data)), data.shape[1])) if whole else None,
            "overlaps": {
                other: measure(pixels_inside(member, polygon, max_pixels)) for other, polygon in neighbours.items()
            },
        }


def _overlaps(pairs, measured):
    overlaps = []
    for i, j in pairs:
        a, b = measured[i]["overlaps"][j], measured[j]["overlaps"][i]
        if a and b:
            overlaps.append(Overlap(i, j, a.sky, b.sky, a.count, b.count, a.noise, b.noise))
    return overlaps


def _add_whole_sky(skymethod, levels, islands, whole):
    measured = np.array([sky is not None for sky in whole])
    rest = np.array([sky.sky if sky else np.nan for sky in whole]) - levels
    # Members that share a level: none, all, or those of an island, a lonely one by itself.
    lonely = np.setdiff1d(np.arange(len(levels)), np.concatenate([[], *islands])).astype(int)[:, None]
    shared = {"local": np.arange(len(levels))[:, None], "global": [np.arange(len(levels))]}
    valid = np.zeros(len(levels), bool)
    for members in shared.get(skymethod, [*islands, *lonely]):
        if measured[members].any():
            valid[members] = True
            levels[members] += np.nanmin(rest[members])
    return np.where(valid, levels, 0.0), valid


def _warn(grid, skymethod, skip, islands, valid):
    if skip:
        return
    if len(islands) > 1:
        names = "; ".join(", ".join(grid.members[k].stem for k in island[:20]) for island in islands)
        log.warning("%d islands do not overlap, the sky between them is not matched: %s", len(islands), names)
    for member, good in zip(grid.members, valid, strict=True):
        if not good:
            log.warning("%s: no sky level by %s (no overlap or no good pixel): left at 0", member.stem, skymethod)
