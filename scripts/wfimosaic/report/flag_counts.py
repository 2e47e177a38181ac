"""The `_flags.asdf` file: how many pixels of each member are flagged, and where on the sky the outliers lie."""

from dataclasses import asdict, dataclass

import asdf
import numpy as np

from ..files.atomic_write import atomic_write


@dataclass(frozen=True)
class MemberCounts:
    """Numbers of pixels of one member.

    `other_bad` pixels are unusable without being outliers. `flags` has the number of pixels with each
    flag, by its name.
    """

    stem: str
    detector: str
    pixels: int
    outliers: int
    other_bad: int
    flags: dict


@dataclass(frozen=True)
class FlagCounts:
    """Counts of each member, in the grid's order, and maps of all members' pixels and of their outliers.

    The maps are ndarrays of int64, shape (ny, nx): numbers of pixels in boxes of `step` x `step` pixels
    of the mosaic. `pixels` is estimated from every so many-th pixel.
    """

    members: list
    step: int
    pixels: np.ndarray
    outliers: np.ndarray


def write_flag_counts(counts, path):
    """Write FlagCounts as ASDF."""
    members = [asdict(member) for member in counts.members]
    tree = {"members": members, "step": counts.step, "pixels": counts.pixels, "outliers": counts.outliers}
    with atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part)


def read_flag_counts(path):
    """Read what `write_flag_counts` wrote: FlagCounts."""
    with asdf.open(path) as file:
        return FlagCounts(
            members=[MemberCounts(**member) for member in file["members"]],
            step=int(file["step"]),
            pixels=np.array(file["pixels"]),
            outliers=np.array(file["outliers"]),
        )
