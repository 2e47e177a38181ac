"""Compare two mosaics and what led to them, in units of the pixels' errors."""

from functools import cached_property

import numpy as np
from scipy import ndimage
from wfimosaic.drizzling.drop import Drop

# romancal scales float16 variances in float16: its weights are off by so much (differences.md).
HALF_PRECISION = 6e-3
# drizzle takes lanczos kernels from a table of this step, without interpolation; a weight below this
# fraction of the typical one is what is left of lobes that cancel.
KERNEL_STEP = 0.01
CANCELLED = 1e-3


class Comparison:
    """Our products and romancal's for one case, and how far they are apart.

    Parameters
    ----------
    case : Case
    ours, theirs : Products
        What is compared of our mosaic are the pixels that romancal's has, see differences.md.
    grid : Grid
        Of our mosaic: it knows where the members' pixels fall.
    """

    def __init__(self, case, ours, theirs, grid):
        self.case, self.theirs, self.grid = case, theirs, grid
        self.shape = ours.array("data").shape
        self.moved = ours.crpix() - theirs.crpix()
        self.ours = ours.cut_like(theirs)

    @cached_property
    def sky(self):
        """Largest difference of a sky level: in units of a pixel's noise for match, else relative."""
        difference = np.abs(self.ours.levels - self.theirs.levels)
        if "match" in self.case.sky_method:
            return (difference / self.theirs.noise).max()
        return (difference / np.abs(self.theirs.levels)).max()

    @cached_property
    def common_flags(self):
        """Fractions of our and of romancal's outliers that the other side has too."""
        common, ours, theirs = (
            sum(np.count_nonzero(mask) for mask in masks)
            for masks in (
                [a & b for a, b in zip(self.ours.flags, self.theirs.flags, strict=True)],
                self.ours.flags,
                self.theirs.flags,
            )
        )
        return common / ours, common / theirs

    @cached_property
    def offset(self):
        """Largest distance between the two places of one pixel on the sky [pixel]."""
        ny, nx = self.theirs.array("data").shape
        y, x = np.mgrid[0 : ny - 1 : 50j, 0 : nx - 1 : 50j]
        sky = self.ours.mosaic.meta.wcs(x, y, with_bounding_box=False)
        u, v = self.theirs.mosaic.meta.wcs.invert(*sky, with_bounding_box=False)
        return np.hypot(u - x, v - y).max()

    @property
    def drop(self):
        """The drops of the mosaic."""
        settings = self.case.settings["resample"]
        return Drop(settings.get("kernel", "square"), settings.get("pixfrac", 1.0), self.grid.pixel_scale_ratio)

    @property
    def reach(self):
        """How far an input pixel reaches, and how near to a border drizzle drops contributions [pixel]."""
        return int(np.ceil(self.drop.reach + 1 / self.drop.pixel_scale_ratio))

    @cached_property
    def deviation(self):
        """Differences of the data in units of the error, NaN where either has none: ndarray."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.abs(self.ours.array("data") - self.theirs.array("data")) / self.theirs.array("err")

    @cached_property
    def explained(self):
        """Pixels of the mosaic that an outlier found by one side alone reaches, or where drizzle drops some: bool."""
        found, margin = self.border.copy(), self.reach
        for member, ours, theirs in zip(self.grid.members, self.ours.flags, self.theirs.flags, strict=True):
            y, x = np.nonzero(ours != theirs)
            places = member.positions(x, y) - self.moved.round()
            for u, v in places.round().astype(int):
                found[max(0, v - margin) : max(0, v + margin + 1), max(0, u - margin) : max(0, u + margin + 1)] = True
        return found

    @cached_property
    def border(self):
        """Pixels at the edge of a mosaic that cuts its members, where drizzle drops contributions: bool.

        romancal's default grid cuts the bowed edges of members, too: where ours has rows or columns more.
        """
        cut, margin = np.zeros(self.deviation.shape, bool), self.reach
        first = self.moved.round().astype(int)[::-1]
        more = np.subtract(self.shape, self.deviation.shape) - first
        for rows, before, after in zip((cut, cut.T), first, more, strict=True):
            if before > 0 or self.case.cropped:
                rows[:margin] = True
            if after > 0 or self.case.cropped:
                rows[-margin:] = True
        return cut

    @property
    def lost(self):
        """Pixels of the border where romancal loses weight and ours does not: bool."""
        return self.border if self.exact_border else np.zeros_like(self.border)

    @property
    def exact_border(self):
        """Whether the mosaic's border cuts members, and ours exactly: it drizzles square drops itself."""
        return self.case.cropped and self.drop.kernel == "square"

    @property
    def border_weight(self):
        """Mean weight of our outermost rows and columns over that of the third ones."""
        weight = self.ours.array("weight")
        first, third = (
            np.mean([side.mean() for side in (weight[k], weight[-1 - k], weight[:, k], weight[:, -1 - k])])
            for k in (0, 2)
        )
        return first / third

    def deviation_of(self, fraction):
        """The deviation that this fraction of the pixels inside the border does not exceed [error]."""
        return np.nanquantile(self.deviation[~self.border], fraction)

    @cached_property
    def far_off(self):
        """Number of pixels that are off by more than 0.5 error, and of those that nothing explains."""
        far = self.deviation > 0.5
        return np.count_nonzero(far), np.count_nonzero(far & ~self.explained & (self.deviation > self._numerics))

    @property
    def _numerics(self):
        # What rounding moves, in units of the error: see differences.md.
        data = np.nan_to_num(self.theirs.array("data"))
        allowed = np.zeros(data.shape, np.float32)
        if self.case.half_precision:
            allowed = HALF_PRECISION * np.abs(data)
        if self.drop.kernel.startswith("lanczos"):
            width = 2 * self.reach + 1
            allowed = KERNEL_STEP * (ndimage.maximum_filter(data, width) - ndimage.minimum_filter(data, width))
            weight = np.abs(self.theirs.array("weight"))
            allowed[weight < CANCELLED * np.median(weight[weight > 0])] = np.inf
        return allowed / self.theirs.array("err")

    def ratio_of(self, name, fraction):
        """The relative difference of an array that this fraction of its pixels does not exceed, `lost` ones aside.

        Errors and variances with the pixel scale ratio that romancal takes, see differences.md.
        """
        ours, theirs = self.ours.array(name), self.theirs.array(name)
        usable = np.isfinite(ours) & np.isfinite(theirs) & (theirs != 0) & ~self.lost
        ratio, expected = (side.mosaic.meta.resample.pixel_scale_ratio for side in (self.ours, self.theirs))
        power = 2 if name.startswith("var_") else 1 if name == "err" else 0
        return np.quantile(np.abs(ours[usable] / theirs[usable] * (ratio / expected) ** power - 1), fraction)

    @cached_property
    def context(self):
        """Fraction of the covered pixels to which not the same members contribute, `lost` ones left out."""
        other = (self.ours.array("context") != self.theirs.array("context")).any(axis=0)
        return (other & ~self.lost).sum() / self._covered

    @cached_property
    def footprint(self):
        """Fraction of the covered pixels that only one side has a value for."""
        return (np.isnan(self.ours.array("data")) != np.isnan(self.theirs.array("data"))).sum() / self._covered

    @cached_property
    def _covered(self):
        return np.count_nonzero(np.isfinite(self.theirs.array("data")))
