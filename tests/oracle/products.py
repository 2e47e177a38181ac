"""What one side made of an association: sky levels, outliers and the mosaic."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from roman_datamodels import datamodels
from roman_datamodels.dqflags import pixel


@dataclass
class Products:
    """The results of a run.

    `levels` are the members' sky levels and `noise` the typical error of a pixel of the quietest member
    [MJy/sr], `flags` their outliers (list of ndarray of bool); `mosaic` is the MosaicModel.
    """

    levels: np.ndarray
    noise: float
    flags: list
    mosaic: datamodels.MosaicModel

    def array(self, name):
        """An array of the mosaic: ndarray."""
        return np.asarray(self.mosaic[name])


def read_products(folder):
    """Read a folder of `_outlier_detection` files, in their names' order, and a `_i2d` file: Products."""
    levels, noise, flags = [], [], []
    for path in sorted(Path(folder).glob("*_outlier_detection.asdf")):
        with datamodels.open(path) as image:
            levels.append(float(image.meta.background.level))
            noise.append(float(np.nanmedian(np.asarray(image.err, dtype=np.float32))))
            flags.append((np.asarray(image.dq) & pixel.OUTLIER) != 0)
    (path,) = Path(folder).glob("*_i2d.asdf")
    return Products(np.array(levels), min(noise), flags, datamodels.open(path))
