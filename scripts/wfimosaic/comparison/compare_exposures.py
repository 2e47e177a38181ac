"""Compare what differs from the median with each other exposure, and list what none of them explains."""

import functools
import logging
from dataclasses import dataclass, replace

import numpy as np

from ..files.strips import strips
from ..grid.blocks import Block, part_in_block
from ..grid.member_to_member import MemberToMember, member_to_member, same_pixels
from ..grid.rectangle import Rectangle
from ..images.flags import bad_bits, good_pixels
from ..images.stored_image import stored_image
from ..outliers.blot import blot_in_parts
from ..outliers.median_image import open_median
from ..outliers.members_on_grid import members_on_grid
from ..outliers.outlier_list import OutlierList, write_outliers
from ..stars.bright_stars import Stars, bright_stars
from ..stars.psf_width import psfs_differ
from ..stars.star_halo import REACH, Halo
from ..stars.typical_pixels import typical_pixels
from ..workers import run_in_workers
from .exposures_at import exposures_at
from .neighbours import with_neighbours
from .other_exposure import Candidates, Other
from .surroundings import exist_around
from .trails import follow
from .votes import judge

log = logging.getLogger(__name__)

# Pixels that differ less from the median are not looked at [err].
MIN_DEVIATION = 3.5
# Distance of the pixels that unchecked areas are counted with.
SAMPLE = 16
# Where no more exposures looked the median is the lowest, in which stars are this many times fainter.
FEW, FAINTER = 3, 1.1
# Candidates that other exposures are asked about at once, or more.
BATCH = 2**14


@dataclass(frozen=True)
class Comparison:
    """What the comparison of a product's members needs to know.

    `median` is the median's file, `shape` (ny, nx) the grid's, `pixel_scale_ratio` its pixel scale over the detector's,
    `stars` are those of the median; `snr`, `backg`, `grow` as in `OutlierSettings`.
    """

    median: str
    shape: tuple
    pixel_scale_ratio: float
    stars: Stars
    snr: tuple
    backg: float
    grow: int
    good_bits: str
    resample_data: bool


def compare_exposures(
    members,
    grid,
    median,
    output,
    snr=(5.0, 4.0),
    backg=0.0,
    grow=1,
    good_bits="~DO_NOT_USE+NON_SCIENCE",
    resample_data=True,
    workers=1,
):
    """Write the list of a product's outliers.

    A pixel is an outlier if other exposures that looked there say so: see `judge`. With two exposures that decides
    which of them was hit. Where no other one looked nothing is an outlier.

    Parameters
    ----------
    members : list of str
        `_skymatch` files: see `members_on_grid`.
    grid, median : str
        What `define_grid` and `make_median` wrote.
    output : str
        See `OutlierList`.
    snr : (float, float)
        Noise that is allowed, in standard deviations, in the first pass and next to what it found.
    backg : float
        Constant to subtract from the difference [MJy/sr].
    grow : int
        Half-width of the box around what the first pass found [pixel].
    good_bits : str
        Flags to ignore.
    resample_data : bool
        Whether the members are aligned by their WCS, or pixel by pixel.
    workers : int
    """
    grid, members = members_on_grid(grid, members)
    bad_bits(good_bits)  # Before workers are forked: see there.
    with open_median(median) as reference:
        skipped = reference.skipped
    if skipped:
        write_outliers(output, OutlierList(skipped=skipped))
        return
    comparison = make_comparison(grid, median, snr, backg, grow, good_bits, resample_data)
    tasks = [(comparison, *task) for task in with_neighbours(grid.members, members, resample_data)]
    found = list(run_in_workers(member_outliers, tasks, workers, "member"))
    stems = [member.stem for member in grid.members]
    pixels, unchecked = ({stem: pair[i] for stem, pair in zip(stems, found, strict=True)} for i in (0, 1))
    fraction = float(np.mean(list(unchecked.values())))
    if fraction > 0:
        log.warning(
            "%.1f %% of the members' pixels are not checked for outliers: no other exposure looked there",
            100 * fraction,
        )
    write_outliers(output, OutlierList(pixels, unchecked))


def make_comparison(grid, median, snr, backg, grow, good_bits, resample_data, part=None):
    """Return the Comparison of the members of a Grid, or of those in a part, with a median's file, not skipped."""
    stars, ratio = Stars(*np.zeros((3, 0))), grid.pixel_scale_ratio
    if resample_data:
        with open_median(median) as reference:
            stars = bright_stars(reference.data, REACH, ratio, grid.origin, part)
        few = exposures_at(grid.members, stars.x, stars.y) <= FEW
        stars = replace(stars, light=np.where(few, np.float32(FAINTER) * stars.light, stars.light))
    return Comparison(median, grid.shape, ratio, stars, snr, backg, grow, good_bits, resample_data)


def member_outliers(comparison, member, path, neighbours):
    """Find the outliers of one member.

    Parameters
    ----------
    comparison : Comparison
    member : GridMember
    path : str
        Its `_skymatch` file.
    neighbours : list of (GridMember, str)
        Members of other exposures that it may meet, and their files.

    Returns
    -------
    pixels : ndarray of int32
        Their places in the flattened image.
    unchecked : float
        Fraction of the good pixels, of those that are sampled, at which no other exposure looked.
    """
    image = stored_image(path)
    part = _part_on_grid(comparison, member)
    if not part:
        return np.zeros(0, np.int32), 0.0
    others = list(open_others(comparison, member, path, neighbours))
    with open_median(comparison.median) as reference:
        first, beside, in_trail = np.zeros(member.shape, bool), np.zeros(member.shape, bool), []
        for candidates in _batches(comparison, member, image, reference.data, part):
            places = candidates.y, candidates.x
            first[places], beside[places], possible = judge(candidates, others, comparison.snr)
            in_part = candidates.y - part.rows.start, candidates.x - part.columns.start
            in_trail.append(np.ravel_multi_index(in_part, part.shape)[possible])
    masks = first[part.slices], beside[part.slices]
    beside[part.slices] = follow(*masks, np.concatenate(in_trail), comparison.grow)
    return np.flatnonzero(beside).astype(np.int32), _unchecked(comparison, member, image, others, part)


def _batches(comparison, member, image, median, part):
    # The candidates of several strips at once: to ask an exposure takes time, however few there are.
    found = []
    for strip, seen in _strips(comparison, member, median, part):
        found.append(find_candidates(comparison, member, image, seen, strip))
        if sum(map(len, found)) >= BATCH or strip.rows.stop == part.rows.stop:
            yield Candidates.joined(found)
            found = []


def _strips(comparison, member, median, part):
    # And of each the median as the member saw it.
    whole = [(part, median[part.slices])]
    for seen_part, seen in blot_in_parts(median, member, np.nan, part) if comparison.resample_data else whole:
        for rows in strips(seen_part.rows, seen_part.shape[1]):
            strip = Rectangle(rows, seen_part.columns)
            yield strip, seen[strip.within(seen_part)]


def _part_on_grid(comparison, member):
    # The rectangle of the member that holds all of its pixels on the grid.
    if not comparison.resample_data:
        return Rectangle.whole(member.shape)
    whole = Rectangle.whole(comparison.shape)
    part = part_in_block(member, Block(*whole.slices, whole), 0)
    return Rectangle(*part) if part else Rectangle(slice(0, 0), slice(0, 0))


def _is_on_grid(comparison, member, x, y):
    if not comparison.resample_data:
        return np.ones(len(x), bool)
    ny, nx = comparison.shape
    u, v = _on_lattice(comparison, member, x, y) - np.reshape(member.origin, (2, 1))
    return (u >= -0.5) & (u < nx - 0.5) & (v >= -0.5) & (v < ny - 0.5)


def _on_lattice(comparison, member, x, y):
    if not comparison.resample_data:
        return np.stack([x, y])
    return MemberToMember(member.coefficients, member.box, member.shape, 0.0).positions(x, y)


def open_others(comparison, member, path, neighbours):
    """Open the neighbours that a member meets: yields Other and the MemberToMember that leads there."""
    variance = typical_pixels(path, comparison.good_bits).variance
    for other, its_path in neighbours:
        route = member_to_member(member, other) if comparison.resample_data else same_pixels(member.shape)
        if route is not None:
            image = stored_image(its_path)
            typical = typical_pixels(its_path, comparison.good_bits)
            differ = functools.partial(psfs_differ, path, its_path, comparison.good_bits, route)
            looked = Other(
                *(np.asarray(image[name]) for name in ("data", "err", "dq")),
                bad_bits(comparison.good_bits),
                image.sky,
                image.meta["instrument"]["optical_element"],
                variance / typical.variance,
                functools.cache(differ),
                typical.level,
            )
            yield looked, route


def find_candidates(comparison, member, image, median, area, min_deviation=MIN_DEVIATION):
    """Find the good pixels in an area that differ from the median.

    Parameters
    ----------
    comparison : Comparison
    member : GridMember
    image : StoredImage
        Its `_skymatch` file.
    median : ndarray of float32
        As the member saw it, in the area.
    area : Rectangle
    min_deviation : float
        What they differ by at least [err].

    Returns
    -------
    Candidates
    """
    data = image.read("data", area.slices) - image.sky.over(*area.slices)
    good = good_pixels(data, image.read("dq", area.slices), comparison.good_bits)
    err = image.read("err", area.slices)
    with np.errstate(invalid="ignore"):
        deviation = np.abs(data - median - np.float32(comparison.backg))
        # Also where there is no median: too little weight there does not mean that no other exposure looked.
        y, x = np.nonzero(good & np.isfinite(err) & ~(deviation <= np.float32(min_deviation) * err))
    on_grid = _is_on_grid(comparison, member, x + area.columns.start, y + area.rows.start)
    y, x = y[on_grid], x[on_grid]
    value = data[y, x] - np.float32(comparison.backg)
    extra_noise = np.maximum(
        image.read("var_rnoise", area.slices)[y, x] - typical_pixels(image.path, comparison.good_bits).read_noise, 0
    )
    column, row = x + area.columns.start, y + area.rows.start
    noise = err[y, x]
    to_lattice = functools.partial(_on_lattice, comparison, member)
    optical_element = image.meta["instrument"]["optical_element"]
    halo = Halo.around(comparison.stars, to_lattice, comparison.pixel_scale_ratio, optical_element, column, row, noise)
    return Candidates(column, row, value, noise, extra_noise, halo)


def _unchecked(comparison, member, image, others, part):
    sample = tuple(slice(side.start, side.stop, SAMPLE) for side in part.slices)
    good = good_pixels(image.read("data", sample), image.read("dq", sample), comparison.good_bits)
    y, x = (side.start + SAMPLE * places for side, places in zip(part.slices, np.nonzero(good), strict=True))
    on_grid = _is_on_grid(comparison, member, x, y)
    y, x = y[on_grid], x[on_grid]
    looked = np.zeros(len(x), bool)
    for other, route in others:
        u, v = route.positions(x, y)
        looked |= exist_around(other, u, v)
    return float(1 - looked.mean()) if len(x) else 0.0
