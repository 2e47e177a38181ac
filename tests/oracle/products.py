"""What one side made of an association: sky levels, outliers and the mosaic."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from roman_datamodels import datamodels
from roman_datamodels.dqflags import pixel
from wfimosaic.commands.cut_mosaic import cut


@dataclass
class Products:
    """The results of a run.

    `levels` are the members' sky levels and `noise` the typical error of a pixel of the quietest member
    [MJy/sr], `flags` their outliers (list of ndarray of bool); `mosaic` is the MosaicModel, `whole` what it was
    cut from, which keeps the file open that its metadata are read from.
    """

    levels: np.ndarray
    noise: float
    flags: list
    mosaic: datamodels.MosaicModel
    whole: datamodels.MosaicModel | None = None

    def crpix(self):
        """Pixel of the tangent point: ndarray of float."""
        return np.asarray(self.mosaic.meta.wcs.forward_transform.crpix.value, float)

    def cut_like(self, other):
        """Cut the mosaic to the pixels that another one has, on the same lattice: Products."""
        x, y = (self.crpix() - other.crpix()).round().astype(int).tolist()
        ny, nx = other.array("data").shape
        tree = {name: self.mosaic[name] for name in self.mosaic}
        cutout = cut(tree, slice(y, y + ny), slice(x, x + nx))
        model = datamodels.MosaicModel.create_minimal()
        for name, value in cutout["meta"].items():
            model.meta[name] = value
        for name, array in cutout.items():
            if name != "meta":
                model[name] = array
        return replace(self, mosaic=model, whole=self.mosaic)

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
