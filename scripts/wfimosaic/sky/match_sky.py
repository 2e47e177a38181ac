"""Measure the sky of every member and match them to each other."""

import logging
from dataclasses import replace

import numpy as np

from ..grid.sky_sheets import read_sheets
from ..images.flags import bad_bits
from .measure_skies import SkySettings, measure_skies
from .overlaps import overlap_shares, overlapping_pairs, split_overlap
from .round_to_error import round_to_error
from .sky_levels import match_levels
from .sky_record import Overlap, SkyLevel, SkyRecord, write_sky_record
from .user_levels import read_user_levels
from .whole_sky import add_whole_sky

log = logging.getLogger(__name__)

# Statistics of a histogram are not known better from more pixels: their overlaps have romancal's weights.
BY_COUNTS = ("mode", "midpt")
# An overlap that alone decides about a difference leaves no step, and no noise: so much of the variance always counts.
MIN_LEFT = 0.1
# Correlation of two medians of differences that have one of two members in common, over that of means: 1/3 over 1/2.
DIFFERENCES_IN_COMMON = 2 / 3
# Members of an island, and islands, that a warning names.
MAX_NAMED = 20


def match_sky(
    grid,
    output,
    skymethod="match",
    match_by="member",
    plane=False,
    match_down=True,
    skip=False,
    stepsize=None,
    skylist=None,
    skystat="difference",
    dqbits="~DO_NOT_USE+NON_SCIENCE",
    lower=None,
    upper=None,
    nclip=5,
    lsigma=4.0,
    usigma=4.0,
    binwidth=0.1,
    flux_skip=False,
    counts_allowed=False,
    background_images=None,
    workers=1,
):
    """Find one sky level for each member of a grid.

    Parameters
    ----------
    grid : str
        The outlier grid's file, or the table of a field: see `read_sheets`. A field does without members that cannot be
        read.
    output : str
        The sky record to write: the members' levels with the figures behind them.
    skymethod : str
        local: each member's own sky; global: the lowest of these for all; match: differences that
        make overlaps agree; global+match: these, and what then is the lowest sky of each island of
        overlapping members; user: the levels that a file lists.
    match_by : str
        member: each has a level of its own; exposure: its detectors have one level.
    plane : bool
        Whether each member has a gradient, too.
    match_down, skip, stepsize
        See `match_levels`, the options, and `overlapping_pairs`.
    skylist : str or None
        See `read_user_levels`.
    skystat : str
        difference: see `measure_difference`, and the median where one member is measured alone; else see `measure_sky`.
    dqbits, lower, upper, nclip, lsigma, usigma, binwidth
        See `measure_sky`.
    flux_skip, counts_allowed
        See `flux_scale`.
    background_images : dict of str to str, optional
        Files by stem, of members that have one: see `background_image`.
    workers : int

    References
    ----------
    romancal skymatch, stcal.skymatch.
    """
    grid, unreadable = read_sheets(grid, also_of_product=skystat == "difference")
    in_field = unreadable is not None
    if skip or skymethod == "user":
        levels = None if skip else read_user_levels(skylist, grid.members)
        _write_given(grid, output, skymethod, levels, unreadable or {})
        return
    matching, whole = "match" in skymethod, skymethod != "match"
    pairs = overlapping_pairs(grid, stepsize) if matching else {}
    pieces = [
        (i, j, piece) for (i, j), polygon in pairs.items() for piece in (split_overlap(polygon) if plane else [polygon])
    ]
    statistics = {
        "skystat": skystat,
        "lower": lower,
        "upper": upper,
        "nclip": nclip,
        "lsigma": lsigma,
        "usigma": usigma,
        "binwidth": binwidth,
    }
    bad_bits(dqbits)  # Before workers are forked: see there.
    backgrounds = background_images or {}
    without = [member.stem for member in grid.members if member.stem not in backgrounds]
    if backgrounds and without:
        log.warning("%d of %d members have no background image: %s", len(without), len(grid.members), _some(without))
    settings = SkySettings(statistics, dqbits, flux_skip, counts_allowed, backgrounds, in_field)
    wholes, measured = measure_skies(grid.members, pieces, whole, settings, workers)
    overlaps = _overlaps(grid, pieces, measured, plane, DIFFERENCES_IN_COMMON if settings.paired else 1.0)
    units = np.arange(len(grid.members))
    if match_by == "exposure":
        units = np.unique([member.group for member in grid.members], return_inverse=True)[1]
    found = match_levels(len(grid.members), overlaps, match_down, units, plane, by_counts=skystat in BY_COUNTS)
    level, error = found.level, found.error
    if whole:
        level, error = add_whole_sky(skymethod, level, error, found.islands, wholes, units)
    slope, slope_error = found.slope, found.slope_error
    if skystat not in BY_COUNTS:
        level, error = round_to_error(level, error)
        slope, slope_error = round_to_error(slope, slope_error)
    island = {k: number for number, members in enumerate(found.islands, 1) for k in members.tolist()}
    levels = {}
    for k, member in enumerate(grid.members):
        levels[member.stem] = SkyLevel(member.fingerprint, 0.0, "SKIPPED")
        if np.isfinite(level[k]):
            slopes = [tuple(values[k].tolist()) for values in (slope, slope_error)] if plane else ()
            levels[member.stem] = SkyLevel(
                member.fingerprint, float(level[k]), "COMPLETE", float(error[k]), island.get(k), *slopes
            )
    record = SkyRecord(
        method=skymethod,
        levels=levels,
        overlaps=_residuals(overlaps, np.column_stack([level, slope]), found.step_error),
        whole={member.stem: sky for member, sky in zip(grid.members, wholes, strict=True) if sky},
        unreadable=unreadable or {},
    )
    write_sky_record(record, output)
    _log(record, found.islands)


def _write_given(grid, output, skymethod, levels, unreadable):
    # Levels that nothing is measured for: the user's, or none.
    status = "COMPLETE" if levels else "SKIPPED"
    given = {
        member.stem: SkyLevel(member.fingerprint, level, status)
        for member, level in zip(grid.members, levels or [0.0] * len(grid.members), strict=True)
    }
    write_sky_record(SkyRecord(skymethod, given, [], {}, unreadable), output)
    for stem, sky in given.items():
        log.info("%s: sky level %.6g MJy/sr", stem, sky.level)


def _overlaps(grid, pieces, measured, plane, in_common):
    found = []
    for (i, j, polygon), result in zip(pieces, measured, strict=True):
        if result:
            difference, place_i, place_j = result
            places = {"place_i": place_i, "place_j": place_j} if plane else {}
            found.append((Overlap(i, j, *difference, **places), polygon))
    noise = [[] for _ in grid.members]
    for o, _ in found:
        noise[o.i].append(o.noise_i)
        noise[o.j].append(o.noise_j)
    noise = np.array([np.median(values) if values else np.nan for values in noise])
    shares = overlap_shares(grid, [(o.i, o.j, polygon) for o, polygon in found], noise, in_common)
    return [replace(overlap, share=share) for (overlap, _), share in zip(found, shares, strict=True)]


def _residuals(overlaps, planes, step_error):
    residuals = []
    planes = np.nan_to_num(planes)
    for o, solved in zip(overlaps, step_error.tolist(), strict=True):
        measured = o.error**2
        # What is measured and what is solved from it have the variance of the latter in common.
        left = max(measured - solved**2, MIN_LEFT * measured)
        step = o.sky_i - planes[o.i] @ (1, *o.place_i) - (o.sky_j - planes[o.j] @ (1, *o.place_j))
        residuals.append(replace(o, residual=float(step), residual_error=float(np.sqrt(left))))
    return residuals


def _log(record, islands):
    for stem, sky in record.levels.items():
        if sky.status == "COMPLETE":
            slopes = zip(sky.slope or (), sky.slope_error or (), strict=True)
            slope = "".join(f", {value:+.2g} +- {error:.1g}" for value, error in slopes)
            log.info("%s: sky level %.6g +- %.2g%s MJy/sr", stem, sky.level, sky.error, slope)
        else:
            log.warning("%s: no sky level by %s (no overlap or no good pixel): left at 0", stem, record.method)
    stems = list(record.levels)
    for number, island in enumerate(islands, 1):
        named = ", ".join(stems[k] for k in island) if len(islands) > 1 else f"{len(island)} members"
        log.info("island %d of %d: %s", number, len(islands), named)
    if len(islands) > 1:
        shown = "; ".join(_some([stems[k] for k in island]) for island in islands[:MAX_NAMED])
        log.warning("%d islands do not overlap, the sky between them is not matched: %s", len(islands), shown)


def _some(stems):
    return ", ".join(stems[:MAX_NAMED]) + (" ..." if len(stems) > MAX_NAMED else "")
