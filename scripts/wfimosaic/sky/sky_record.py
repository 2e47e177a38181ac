"""The record of the sky of a product's members, which `match_sky` writes."""

import itertools
import json
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

from ..errors import InputError
from ..files.atomic_write import atomic_write


@dataclass(frozen=True)
class SkyLevel:
    """What is to be subtracted from a member.

    `level` [MJy/sr] is 0 where the `status` is SKIPPED, not COMPLETE; `fingerprint` is that of the file that was
    measured. `error` [MJy/sr] is the level's 1-sigma error: with `match` that of its difference from the mean level of
    its `island`, else of itself; None: unknown. Islands of overlapping members are numbered from 1; None: it overlaps
    none, or nothing was matched. `slope` is what the sky gains from the member's middle to the right edge of its last
    column and the upper edge of its last row [MJy/sr], with errors; None: planes were not asked for.
    """

    fingerprint: str
    level: float
    status: str
    error: float | None = None
    island: int | None = None
    slope: tuple | None = None
    slope_error: tuple | None = None


class SkySample(NamedTuple):
    """The `sky` of some pixels [MJy/sr] and its 1-sigma `error`.

    `count` and `noise`, the standard deviation, are those of the pixels left after clipping.
    """

    sky: float
    count: int
    noise: float
    error: float


class SkyDifference(NamedTuple):
    """The sky of two members at the same place [MJy/sr], of so many pixels of such a noise: see `SkySample`.

    `error` is the 1-sigma error of the difference of the two skies.
    """

    sky_i: float
    sky_j: float
    count_i: int
    count_j: int
    noise_i: float
    noise_j: float
    error: float


@dataclass(frozen=True)
class Overlap:
    """The sky of two members, number `i` < `j` from 0, where they overlap: see `SkyDifference`.

    Where other members look too, the noise of these two is part of several overlaps: this one counts for a `share` of
    what its pixels tell about the difference. `residual` is what the levels leave of the difference [MJy/sr],
    `residual_error` what noise alone would. `place_i` and `place_j` are where it lies on the two members, from -1 to 1
    between the edges of columns and rows, if they may have gradients.
    """

    i: int
    j: int
    sky_i: float
    sky_j: float
    count_i: int
    count_j: int
    noise_i: float
    noise_j: float
    error: float
    share: float = 1.0
    residual: float = 0.0
    residual_error: float = 0.0
    place_i: tuple = (0.0, 0.0)
    place_j: tuple = (0.0, 0.0)


PAIRED = ("noise", "place")
START_OF_LEVELS = '"levels": {'


@dataclass(frozen=True)
class SkyRecord:
    """The sky of a product.

    `method` is skymatch's skymethod. `levels` has a SkyLevel of each member by stem, in the order of matching,
    `overlaps` those that were measured, and `whole` the SkySample of each member as a whole, if the method
    asks for it and it has one. `unreadable` says what is wrong with members of a field that could not be read, by stem.
    """

    method: str
    levels: dict
    overlaps: list
    whole: dict
    unreadable: dict = field(default_factory=dict)

    def of_members(self, stems):
        """Return the part of the record that is about some members, numbered in their order: SkyRecord."""
        known = list(self.levels)
        number = {known.index(stem): k for k, stem in enumerate(stems)}
        overlaps = [
            replace(overlap, i=number[overlap.i], j=number[overlap.j])
            for overlap in self.overlaps
            if overlap.i in number and overlap.j in number
        ]
        levels = {stem: self.levels[stem] for stem in stems}
        return SkyRecord(self.method, levels, overlaps, {s: v for s, v in self.whole.items() if s in levels})


def write_sky_record(record, path):
    """Write a SkyRecord as JSON, a line for each level and each overlap: levels come first and can be read alone.

    Parameters
    ----------
    record : SkyRecord
    path : str or Path
    """
    stems = list(record.levels)
    levels = [_line(asdict(level), stem) for stem, level in record.levels.items()]
    levels += [_line({"unreadable": reason}, stem) for stem, reason in record.unreadable.items()]
    overlaps = [_line(_entry(overlap, stems)) for overlap in record.overlaps]
    whole = [_line(sample, stem) for stem, sample in record.whole.items()]
    parts = [
        f'"method": {json.dumps(record.method)}',
        '"unit": "MJy/sr"',
        _block("levels", levels, "{}"),
        _block("overlaps", overlaps, "[]"),
        _block("whole", whole, "{}"),
    ]
    with atomic_write(path) as part:
        part.write_text("{\n " + ",\n ".join(parts) + "\n}\n")


def _line(value, key=None):
    return (f"{json.dumps(key)}: " if key is not None else "") + json.dumps(value)


def _block(name, lines, brackets):
    inside = "\n  " + ",\n  ".join(lines) + "\n " if lines else ""
    return f"{json.dumps(name)}: {brackets[0]}{inside}{brackets[1]}"


def _entry(overlap, stems):
    entry = asdict(overlap)
    paired = {name: [entry.pop(f"{name}_i"), entry.pop(f"{name}_j")] for name in PAIRED}
    return entry | {"members": [stems[overlap.i], stems[overlap.j]]} | paired


def read_level_lines(path):
    """Read what `write_sky_record` or `list_levels` wrote of each member, and no more of the file than its levels.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of str to dict
        By stem: fields of SkyLevel, or why the member is `unreadable`.
    """
    with open(path) as file:
        for line in file:
            if line.startswith(f" {START_OF_LEVELS}"):
                break
        block = itertools.takewhile(lambda line: line.startswith("  "), file)
        return json.loads("{" + "".join(block) + "}")


def read_sky_level(path, stem):
    """Read what `write_sky_record` wrote of one member, and no more of the file than its levels.

    Parameters
    ----------
    path : str or Path
    stem : str

    Returns
    -------
    SkyLevel
    """
    start = f"  {json.dumps(stem)}: "
    with open(path) as file:
        for line in file:
            if line.startswith(start):
                level = json.loads(line[len(start) :].rstrip(",\n"))
                if "unreadable" in level:
                    raise InputError(level["unreadable"])
                return _level(**level)
    raise InputError(f"{path}: has no sky level of {stem}: delete it, it will be made again")


def read_sky_record(path):
    """Read what `write_sky_record` wrote: SkyRecord."""
    with open(path) as file:
        tree = json.load(file)
    return SkyRecord(
        method=tree["method"],
        levels={stem: _level(**level) for stem, level in tree["levels"].items() if "unreadable" not in level},
        overlaps=[_overlap(**entry) for entry in tree["overlaps"]],
        whole={stem: SkySample(*sample) for stem, sample in tree["whole"].items()},
        unreadable={s: level["unreadable"] for s, level in tree["levels"].items() if "unreadable" in level},
    )


def _level(slope=None, slope_error=None, **level):
    slopes = {"slope": slope, "slope_error": slope_error}
    return SkyLevel(**level, **{name: value and tuple(value) for name, value in slopes.items()})


def _overlap(members, **entry):
    entry["place"] = map(tuple, entry["place"])
    paired = {f"{name}_{side}": value for name in PAIRED for side, value in zip("ij", entry.pop(name), strict=True)}
    return Overlap(**entry, **paired)
