"""Draw the sky levels of the members, and the residual sky offsets where they overlap."""

from itertools import zip_longest

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize

from ..grid.grid import read_grid
from ..pictures.show_image import whole_ticks
from ..pictures.sky_picture import saved_figure, sky_chart
from ..sky.seams import measure_seams
from ..sky.sky_record import read_sky_record

# Offsets of so many errors have the strongest colour.
STRONG = 5
MAX_MEMBERS_NAMED = 30
# So many overlaps are drawn with finer lines and dots.
MANY = 200
NORMAL = 1 / np.sqrt(2 * np.pi)


def plot_sky(sky, grid, levels, seams, steps, product):
    """Draw three pictures of the sky matching as PNG.

    Parameters
    ----------
    sky : str
        What `match_sky` wrote.
    grid : str
        The outlier grid's file.
    levels, seams, steps : str
        The pictures to write: each member's sky before and after, a map of the residual sky
        offsets between members in units of their error, and the same offsets one by one.
    product : str
        For the titles.
    """
    grid = read_grid(grid)
    record = read_sky_record(sky).of_members([member.stem for member in grid.members])
    found = measure_seams(record)
    _plot_levels(record, grid, levels, product)
    _plot_seams(found, grid, seams, product)
    _plot_steps(found, steps, product)


def _plot_levels(record, grid, picture, product):
    level = np.array([sky.level for sky in record.levels.values()])
    matched = np.array([sky.status == "COMPLETE" for sky in record.levels.values()])
    error = np.array([sky.error or 0.0 for sky in record.levels.values()])
    before = sky_before(record)
    number = np.arange(1, len(level) + 1)
    with saved_figure(picture, (9, 4.6)) as figure:
        axes = figure.add_subplot()
        _shade_exposures(axes, grid)
        axes.plot(number, before, "o", mfc="none", color="tab:blue", label="before")
        axes.errorbar(
            number, np.where(matched, before - level, np.nan), error, fmt="o", color="tab:orange", label="after"
        )
        if not matched.all():
            axes.plot(number[~matched], before[~matched], "x", color="tab:red", label="no level found")
        axes.set_xlabel("Member (shaded by exposure)")
        axes.set_ylabel("Sky [MJy/sr]")
        axes.set_title(f"{product}   sky of each member, method {record.method}", fontsize=11)
        axes.set_xlim(0.4, len(level) + 0.6)
        if len(level) <= MAX_MEMBERS_NAMED:
            axes.set_xticks(number)
        else:
            whole_ticks(axes.xaxis)
        axes.grid(axis="y", alpha=0.3)
        axes.legend(fontsize=8)
        if not np.isfinite(before).any():
            _say(axes, "No sky was measured: skymatch was skipped, or no members overlap")


def sky_before(record):
    """Compute each member's sky: measured as a whole, or the mean of what it has in its overlaps.

    Parameters
    ----------
    record : SkyRecord

    Returns
    -------
    ndarray of float64, shape (number of members,)
        [MJy/sr], NaN where nothing was measured.
    """
    if record.whole:
        return np.array([record.whole[stem].sky if stem in record.whole else np.nan for stem in record.levels])
    total, weight = np.zeros((2, len(record.levels)))
    for o in record.overlaps:
        for member, sky, count in ((o.i, o.sky_i, o.count_i), (o.j, o.sky_j, o.count_j)):
            total[member] += count * sky
            weight[member] += count
    return np.divide(total, weight, out=np.full(len(total), np.nan), where=weight > 0)


def _shade_exposures(axes, grid):
    for number, members in enumerate(grid.groups().values()):
        if number % 2:
            for index in members:
                axes.axvspan(index + 0.5, index + 1.5, color="0.93", linewidth=0)


def _plot_seams(found, grid, picture, product):
    outlines = [member.outline(128) for member in grid.members]
    middles = np.array([outline.mean(axis=0) for outline in outlines])
    title = f"{product}   residual sky offsets{_worst(found, grid)}"
    with sky_chart(picture, grid, np.concatenate(outlines), title) as axes:
        for outline in outlines:
            axes.fill(*outline.T, facecolor="none", edgecolor="0.8", linewidth=0.7)
        step = found.scaled
        order = np.argsort(np.abs(step))
        lines = LineCollection(
            middles[found.pairs[order]],
            cmap="coolwarm",
            norm=Normalize(-STRONG, STRONG),
            linewidths=2.2 if len(step) < MANY else 1,
        )
        lines.set_array(step[order])
        axes.add_collection(lines)
        named = range(len(middles))
        if len(middles) > MAX_MEMBERS_NAMED:
            axes.plot(*middles.T, "o", color="black", markersize=4)
            # Those of the largest offsets.
            named = list(dict.fromkeys(found.pairs[order[::-1]].ravel().tolist()))[:MAX_MEMBERS_NAMED]
        if len(named):
            axes.plot(*middles[named].T, "o", color="black", markersize=11)
            for index in named:
                axes.text(*middles[index], index + 1, color="white", fontsize=7, ha="center", va="center")
            _list_names(axes, [f"{index + 1} {grid.members[index].stem}" for index in sorted(named)])
        bar = axes.figure.colorbar(lines, ax=axes, shrink=0.85, pad=0.03, extend="both")
        bar.set_label("Residual sky offset [in units of its error]")
        if len(step) == 0:
            _say(axes, "No overlap was compared")


def _worst(found, grid):
    if len(found.pairs) == 0:
        return ""
    worst = np.argmax(np.abs(found.scaled))
    i, j = found.pairs[worst] + 1
    return f"\nthe largest: {found.scaled[worst]:+.1f} errors, {found.after[worst]:+.2g} MJy/sr, between {i} and {j}"


def _list_names(axes, names):
    half = (len(names) + 1) // 2
    width = 3 + max(map(len, names))
    lines = [left.ljust(width) + right for left, right in zip_longest(names[:half], names[half:], fillvalue="")]
    text = {"fontsize": 6.5, "va": "top", "family": "monospace", "linespacing": 1.3}
    axes.annotate("\n".join(lines), (0, 0), (0, -45), "axes fraction", textcoords="offset points", **text)


def _plot_steps(found, picture, product):
    step, count = found.scaled, len(found.pairs)
    with saved_figure(picture, (9, 6)) as figure:
        upper, lower, histogram = figure.subplot_mosaic("AA;BC", width_ratios=(3, 1), height_ratios=(1, 1.3)).values()
        number = np.arange(1, count + 1)
        dots = {"markersize": 4 if count < MANY else 1.5}
        upper.plot(number, found.before, "o", mfc="none", color="tab:blue", label="before", **dots)
        upper.plot(number, found.after, "o", color="tab:orange", label="after", **dots)
        if count:
            # A sliver of an overlap may be off by so much that nothing else could be seen.
            most = 1.5 * np.percentile(np.abs([found.before, found.after]), 99.5)
            upper.set_ylim(-most, most)
        upper.set_ylabel("Sky offset [MJy/sr]")
        upper.legend(fontsize=8, loc="upper right", markerscale=4 / dots["markersize"])
        upper.set_title(f"{product}   sky offsets in {count} overlaps", fontsize=11)
        lower.plot(number, step, "o", color="tab:orange", **dots)
        lower.set_xlabel("Overlap")
        lower.set_ylabel("Residual offset [in units of its error]")
        reach = max(4.0, 1.1 * np.abs(step).max(initial=0))
        bins = np.linspace(-reach, reach, int(np.clip(3 * np.sqrt(count), 11, 81)))
        lower.set_ylim(-reach, reach)
        histogram.sharey(lower)
        histogram.hist(step, bins, orientation="horizontal", color="tab:orange", alpha=0.6)
        if count:
            fine = np.linspace(-reach, reach, 400)
            histogram.plot(
                NORMAL * np.exp(-(fine**2) / 2) * count * (bins[1] - bins[0]), fine, color="black", linewidth=1
            )
        rms = np.sqrt(np.mean(step**2)) if count else np.nan
        text = f"scatter {rms:.2f}\nnoise alone 1"
        histogram.text(0.96, 0.97, text, transform=histogram.transAxes, ha="right", va="top", fontsize=9)
        histogram.set_xlabel("Overlaps")
        for axes in (upper, lower):
            axes.axhline(0, color="black", linewidth=0.8)
            axes.grid(axis="y", alpha=0.3)
            axes.set_xlim(0, count + 1)
            whole_ticks(axes.xaxis)
        whole_ticks(histogram.xaxis)
        if count == 0:
            _say(lower, "No overlap was compared")


def _say(axes, text):
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=11)
