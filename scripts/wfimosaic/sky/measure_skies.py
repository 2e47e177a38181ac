"""Read members' pixels and measure their sky, as a whole and where they overlap."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from ..errors import InputError
from ..files.strips import strips
from ..grid.member_to_member import member_to_member
from ..images.sky_pixels import sky_pixels
from ..images.sky_plane import relative_place
from ..workers import run_in_workers
from .overlaps import pixel_pairs, pixels_inside
from .sky_record import SkyDifference
from .sky_statistic import measure_difference, measure_sky

log = logging.getLogger(__name__)

# Pixels that suffice for an overlap, and for all overlaps of a member together: many overlaps make up for
# what each of them lacks.
MAX_OF_OVERLAP = 2**20
MAX_OF_MEMBER = 2**22
# Opening a member takes as long as an overlap: pairs of so many members and so many others are measured together.
BLOCK = 32
# Tasks for each of several workers, so that all end at about the same time.
TASKS = 4


@dataclass(frozen=True)
class SkySettings:
    """How the sky is measured: `statistics` are the settings of `measure_sky`, `backgrounds` files by stem.

    `dqbits`, `flux_skip` and `counts_allowed` are those of `sky_pixels`. `in_field`: whether the others are measured
    where a member cannot be read.
    """

    statistics: dict
    dqbits: str | int | None
    flux_skip: bool
    counts_allowed: bool
    backgrounds: dict
    in_field: bool = False

    @property
    def paired(self):
        """Whether members are compared pixel by pixel."""
        return self.statistics["skystat"] == "difference"

    def open(self, member):
        """Open a GridMember's pixels: see `sky_pixels`."""
        background = self.backgrounds.get(member.stem)
        return sky_pixels(member, self.dqbits, self.flux_skip, self.counts_allowed, background)


def measure_skies(members, pieces, whole, settings, workers):
    """Measure the sky of members.

    Parameters
    ----------
    members : list of GridMember
    pieces : list of (int, int, ndarray)
        Two members i < j and a polygon on the grid that they have in common; those of a pair follow each other.
    whole : bool
        Whether the sky of whole members is wanted, too.
    settings : SkySettings
    workers : int

    Returns
    -------
    wholes : list of SkySample or None
        Of each member.
    found : list of (SkyDifference, (float, float), (float, float)) or None
        Of each piece, and where it lies on the two members: see `Overlap`. None: no pixel is good.
    """
    parts = [[] for _ in members]
    for number, (i, j, _) in enumerate(pieces):
        parts[i].append(number)
        parts[j].append(number)
    most = [min(MAX_OF_OVERLAP, MAX_OF_MEMBER // max(1, len(numbers))) for numbers in parts]
    wholes, found, broken = [None] * len(members), [None] * len(pieces), {}
    if whole or not settings.paired:
        alone = [{number: pieces[number][2] for number in numbers} for numbers in parts]
        tasks = [
            (member, {} if settings.paired else polygons, max_pixels, whole, settings)
            for member, polygons, max_pixels in zip(members, alone, most, strict=True)
        ]
        wholes, skies, reasons = zip(*run_in_workers(_measure_member, tasks, workers, "member"), strict=True)
        broken = {k: reason for k, reason in enumerate(reasons) if reason}
        if not settings.paired:
            found = [_of_two(skies[i].get(n), skies[j].get(n)) for n, (i, j, _) in enumerate(pieces)]
    if settings.paired:
        for numbers, results, reasons in _measured_pairs(members, pieces, most, settings, workers):
            broken = reasons | broken
            for number, result in zip(numbers, results, strict=True):
                found[number] = result
    for reason in broken.values():
        log.warning("%s: the sky is matched without it", reason)
    wholes = [None if k in broken else sky for k, sky in enumerate(wholes)]
    return wholes, [None if {i, j} & broken.keys() else one for (i, j, _), one in zip(pieces, found, strict=True)]


def _measure_member(member, polygons, max_pixels, whole, settings):
    # Sky of the whole, and of each polygon with its place; or the reason why there is none.
    try:
        return *_measure_alone(member, polygons, max_pixels, whole, settings), None
    except InputError as error:
        if not settings.in_field:
            raise
        return None, {}, str(error)


def _measure_alone(member, polygons, max_pixels, whole, settings):
    statistics = settings.statistics | ({"skystat": "median"} if settings.paired else {})
    width = member.shape[1]
    with settings.open(member) as pixels:

        def measure(parts):
            values = np.concatenate([pixels.data[:0], *(pixels.at(part) for part in parts)])
            values = values[np.isfinite(values)]
            # A dead detector would be the lowest sky of all.
            return measure_sky(values, **statistics) if values.any() else None

        def measure_inside(polygon):
            spans = pixels_inside(member, polygon, max_pixels)
            parts = (slice(row * width + span.start, row * width + span.stop) for row, span in spans)
            return measure(parts), _middle(member.shape, spans)

        rows = strips(slice(0, member.shape[0]), width)
        sky = measure(slice(part.start * width, part.stop * width) for part in rows) if whole else None
        return sky, {number: measure_inside(polygon) for number, polygon in polygons.items()}


def _middle(shape, spans):
    # Of all pixels of (row, columns): u, v.
    rows, columns = zip(*spans, strict=True) if spans else ((0,), (slice(0, 1),))
    start, stop = (np.array([getattr(span, name) for span in columns]) for name in ("start", "stop"))
    count = stop - start
    return _place(shape, count @ (start + stop - 1) / 2 / count.sum(), count @ rows / count.sum())


def _place(shape, x, y):
    return tuple(float(value) for value in relative_place(shape, x, y))


def _of_two(one, other):
    if not (one and one[0] and other and other[0]):
        return None
    (a, place_i), (b, place_j) = one, other
    error = float(np.hypot(a.error, b.error))
    return SkyDifference(a.sky, b.sky, a.count, b.count, a.noise, b.noise, error), place_i, place_j


def _measured_pairs(members, pieces, most, settings, workers):
    # The numbers of the pieces of each task, what was found, and what is wrong with members.
    pairs = [(pair, list(numbers)) for pair, numbers in groupby(range(len(pieces)), key=lambda n: pieces[n][:2])]
    rank = _along_overlaps(len(members), [pair for pair, _ in pairs])
    pairs.sort(key=lambda pair: sorted((rank[k] // BLOCK for k in pair[0]), reverse=True))
    parts = list(_parts(pairs, max(len(pairs) // (TASKS * workers if workers > 1 else 1), 1)))
    tasks = []
    for part in parts:
        work = [(i, j, [pieces[n][2] for n in numbers], min(most[i], most[j])) for (i, j), numbers in part]
        tasks.append(({k: members[k] for pair, _ in part for k in pair}, work, settings))
    results = run_in_workers(_measure_pairs, tasks, workers, "group of overlaps")
    for part, result in zip(parts, results, strict=True):
        yield [number for _, numbers in part for number in numbers], *result


def _along_overlaps(count, pairs):
    # The rank of each member in an order in which those that overlap are near each other: in the order of exposures
    # neighbours on a wide field are far apart, and each member would be opened for many tasks.
    i, j = np.array(pairs, int).reshape(-1, 2).T
    graph = csr_array((np.ones(2 * len(i), np.int8), (np.append(i, j), np.append(j, i))), shape=(count, count))
    return np.argsort(reverse_cuthill_mckee(graph, symmetric_mode=True))


def _parts(pairs, size):
    # So many pairs, of two blocks of members at most: all of a task are open at once.
    part, used = [], set()
    for pair in pairs:
        if part and (len(part) >= size or len(used.union(pair[0])) > 2 * BLOCK):
            yield part
            part, used = [], set()
        part.append(pair)
        used.update(pair[0])
    if part:
        yield part


def _measure_pairs(members, work, settings):
    # Of each polygon, or None; and what is wrong with members.
    found, opened, broken = [], {}, {}
    with ExitStack() as stack:
        for k, member in members.items():
            stack.push(_Noted(broken, k, settings))
            with _Noted(broken, k, settings):
                opened[k] = stack.enter_context(settings.open(member))
        for i, j, polygons, max_pixels in work:
            if {i, j} & broken.keys():
                found += [None] * len(polygons)
            else:
                both = (members[i], members[j]), (opened[i], opened[j])
                found += _measure_pair(*both, polygons, max_pixels, settings)
    return found, broken


class _Noted:
    # Keep what is wrong with a member of a field, when it is opened and when it is closed.
    def __init__(self, broken, number, settings):
        self.broken, self.number, self.in_field = broken, number, settings.in_field

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self.in_field and isinstance(error, InputError):
            self.broken.setdefault(self.number, str(error))
            return True
        return False


def _measure_pair(members, pixels, polygons, max_pixels, settings):
    # From one member to the other, whatever their order is.
    a, b = (0, 1) if members[0].stem <= members[1].stem else (1, 0)
    route = member_to_member(members[a], members[b])
    for polygon in polygons:
        values, sums = ([np.zeros(0, np.float32)], [np.zeros(0, np.float32)]), np.zeros((2, 2))
        spans = pixels_inside(members[a], polygon, max_pixels) if route else []
        for places in pixel_pairs(route, spans):
            read = [_read(members[k], pixels[k], place) for k, place in zip((a, b), places, strict=True)]
            good = np.isfinite(read[0]) & np.isfinite(read[1])
            for k, place, part in zip((a, b), places, read, strict=True):
                values[k].append(part[good])
                sums[k] += place @ good
        skies = [np.concatenate(parts) for parts in values]
        # A dead detector would be the lowest sky of all.
        difference = measure_difference(*skies, **settings.statistics) if all(sky.any() for sky in skies) else None
        middles = (_place(member.shape, *total / len(skies[0])) for member, total in zip(members, sums, strict=True))
        yield difference and (difference, *middles)


def _read(member, pixels, place):
    values = pixels.at((place[1] * member.shape[1] + place[0]).astype(int))
    pixels.release()
    return values
