"""The record of the sky of a product's members, which `match_sky` writes."""

import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

from ..files.atomic_write import atomic_write


@dataclass(frozen=True)
class SkyLevel:
    """What is to be subtracted from a member.

    `level` [MJy/sr] is 0 where the `status` is SKIPPED, not COMPLETE; `fingerprint` is that of the file that was
    measured.
    """

    fingerprint: str
    level: float
    status: str


class SkySample(NamedTuple):
    """The `sky` of some pixels [MJy/sr]; after clipping, their `count` and standard deviation `noise` [MJy/sr]."""

    sky: float
    count: int
    noise: float


@dataclass(frozen=True)
class Overlap:
    """The sky of two members, number `i` < `j` from 0, where they overlap: see `SkySample`."""

    i: int
    j: int
    sky_i: float
    sky_j: float
    count_i: int
    count_j: int
    noise_i: float
    noise_j: float


@dataclass(frozen=True)
class SkyRecord:
    """The sky of a product.

    `method` is skymatch's skymethod. `levels` has a SkyLevel of each member by stem, in the grid's order,
    `overlaps` those that were measured, and `whole` the SkySample of each member as a whole, if the method
    asks for it and it has one.
    """

    method: str
    levels: dict
    overlaps: list
    whole: dict


def write_sky_record(record, path):
    """Write a SkyRecord as JSON.

    Parameters
    ----------
    record : SkyRecord
    path : str or Path
    """
    tree = {
        "method": record.method,
        "unit": "MJy/sr",
        "levels": {stem: asdict(level) for stem, level in record.levels.items()},
        "overlaps": [_entry(overlap, list(record.levels)) for overlap in record.overlaps],
        "whole": record.whole,
    }
    with atomic_write(path) as part:
        part.write_text(json.dumps(tree, indent=1) + "\n")


def _entry(overlap, stems):
    entry = asdict(overlap)
    noise = [entry.pop("noise_i"), entry.pop("noise_j")]
    return entry | {"members": [stems[overlap.i], stems[overlap.j]], "noise": noise}


def read_sky_record(path):
    """Read what `write_sky_record` wrote: SkyRecord."""
    with open(path) as file:
        tree = json.load(file)
    return SkyRecord(
        method=tree["method"],
        levels={stem: SkyLevel(**level) for stem, level in tree["levels"].items()},
        overlaps=[_overlap(**entry) for entry in tree["overlaps"]],
        whole={stem: SkySample(*sample) for stem, sample in tree["whole"].items()},
    )


def _overlap(noise, members, **entry):
    return Overlap(**entry, noise_i=noise[0], noise_j=noise[1])
