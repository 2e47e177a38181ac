"""The file of all outliers of a product: written by `compare_exposures`, read where members are flagged."""

from dataclasses import dataclass, field

import asdf
import numpy as np

from ..files.atomic_write import atomic_write
from ..files.plain_asdf import plain_asdf


@dataclass(frozen=True)
class OutlierList:
    """Outliers of each member, or why there are none.

    `pixels` has for each member's stem the places of its outliers in the flattened image (ndarray of int32),
    `unchecked` the fraction of its good pixels at which no other exposure looked. `skipped` is None, or the reason
    why nothing was compared.
    """

    pixels: dict = field(default_factory=dict)
    unchecked: dict = field(default_factory=dict)
    skipped: str | None = None


def write_outliers(path, outliers):
    """Write an OutlierList."""
    counts = [len(pixels) for pixels in outliers.pixels.values()]
    tree = {
        "stems": list(outliers.pixels),
        "counts": counts,
        "unchecked": list(outliers.unchecked.values()),
        "pixels": np.concatenate([*outliers.pixels.values(), np.zeros(0, np.int32)]),
        "skipped": outliers.skipped,
    }
    with plain_asdf(), atomic_write(path) as part:
        asdf.AsdfFile(tree).write_to(part, write_checksums=False)


def read_outliers(path):
    """Read an OutlierList."""
    with plain_asdf(), asdf.open(path) as file:
        ends = np.cumsum(file["counts"], dtype=int)
        pixels = np.split(np.array(file["pixels"]), ends[:-1]) if len(ends) else []
        stems = file["stems"]
        return OutlierList(
            dict(zip(stems, pixels, strict=True)), dict(zip(stems, file["unchecked"], strict=True)), file["skipped"]
        )
