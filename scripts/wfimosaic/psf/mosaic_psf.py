"""The PSF of a mosaic at a place: the members' own, drizzled with the drops, weights and flags that the run used."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..association.association import product_of
from ..drizzling.member_on_block import MemberOnBlock
from ..errors import InputError
from ..grid.blocks import Block
from ..grid.grid import read_grid
from ..grid.rectangle import Rectangle
from ..grid.stored_plane import stored_plane
from ..images.stored_image import stored_image
from ..mosaic.mosaic_file import MosaicRecord, open_mosaic, pixel_at
from ..mosaic.run_files import drizzle_recipe, grid_file, member_file
from .epsf_files import EpsfFiles
from .member_psf import part_in_stamp, star_in_member

# Half of the largest stamp's width [pixel].
LARGEST = 200


@dataclass(frozen=True)
class MemberShare:
    """What a member brings to a PSF: its number (from 1), name and exposure, and the star's pixel x, y in it.

    `share` is its part of the weight, averaged over the stamp with the light in each pixel.
    """

    number: int
    member: str
    exposure: str
    x: float
    y: float
    share: float


@dataclass(frozen=True)
class PsfStamp:
    """The PSF of a mosaic at a place.

    Each value of `data` is the fraction of the star's light in a whole pixel of the mosaic that is centred there, over
    `captured`, so that the array's sum over the square of `oversample` is 1; NaN where the mosaic has nothing.
    `captured` is the light that the mosaic has in the stamp of a star of flux 1: less than 1 as faint wings lie
    outside, less or more where members end or have flagged pixels, as a mosaic does not conserve flux there. `star` is
    the star's x, y in the array, `corner` the x, y of the array's first pixel in the mosaic, `pixel_scale` the
    mosaic's [arcsec]. `ra`, `dec` [deg].
    """

    data: np.ndarray
    oversample: int
    captured: float
    star: tuple
    corner: tuple
    pixel_scale: float
    ra: float
    dec: float
    members: tuple

    @property
    def covered(self):
        """Whether the mosaic has something in the star's own pixel."""
        column, row = (self.oversample * int(v / self.oversample + 0.5) for v in self.star)
        return bool(np.isfinite(self.data[row, column]))


class MosaicPsf:
    """What is needed to compute the PSF of a mosaic anywhere in it.

    Parameters
    ----------
    mosaic : str
        An `_i2d` file beside which the run's other files lie.
    psf : str or callable
        Names of Roman's reference files, as in "folder/*.asdf". Or a function of the detector ("WFI01" and so on), x
        and y [pixel] that returns the detector's PSF there: a function of dy and dx, shapes (ny,) and (nx,), the rows
        and columns of pixels' centres counted from the star, which returns the fraction of its light in each of these
        pixels, shape (ny, nx).

    Raises
    ------
    InputError
    """

    def __init__(self, mosaic, psf):
        self.mosaic = str(mosaic)
        with open_mosaic(mosaic, plain=True) as roman:
            meta = roman["meta"]
            self._plane = stored_plane(meta["wcs"])
            self.pixel_scale = float(meta["wcsinfo"]["pixel_scale"]) * 3600
            self.optical_element = str(meta["instrument"]["optical_element"])
            settings = MosaicRecord.of(meta).settings["resample"]
        self.product, self._folder = product_of(self.mosaic), Path(mosaic).parent
        self.grid = read_grid(grid_file(self._folder, self.product, "mosaic"))
        self._recipe = drizzle_recipe(settings, self.grid)
        self._psf = psf if callable(psf) else EpsfFiles(psf, self.optical_element)

    def to_sky(self, x, y):
        """RA and Dec [deg] of pixels of the mosaic, counted from 0."""
        return self._plane.to_sky(x, y) if self._plane else self.grid.wcs(x, y, with_bounding_box=False)

    def to_pixel(self, ra, dec):
        """Pixels x and y of sky positions [deg]."""
        return self._plane.to_pixel(ra, dec) if self._plane else self.grid.wcs.invert(ra, dec, with_bounding_box=False)

    def at_sky(self, ra, dec, size=4.0, oversample=1):
        """Compute the PSF at a position on the sky [deg]: PsfStamp; see `at`."""
        with open_mosaic(self.mosaic, plain=True) as roman:
            x, y = pixel_at(self.mosaic, roman, ra, dec, self.to_pixel)
        return self.at(x, y, size, oversample)

    def at(self, x, y, size=4.0, oversample=1, even=False, empty=False):
        """Compute the PSF at a place.

        Parameters
        ----------
        x, y : float
            The star's pixel of the mosaic, counted from 0.
        size : float
            Width of the stamp [arcsec]; a whole number of pixels, around the star's, comes out.
        oversample : int
            In how many steps a pixel of the mosaic is sampled, in x and in y. The mosaic has pixels only at whole
            numbers: what it would show between them is what it shows at them of a star that is moved the other way.
            So for each of the steps the star is moved, while the members' pixels, drops and weights and the mosaic's
            pixels stay. The samples at whole pixels are those of the star itself.
        even : bool
            Whether flagged pixels are to have the weight of their neighbours, for a PSF that is meant for stars around.
        empty : bool
            Whether the mosaic may have nothing there.

        Returns
        -------
        PsfStamp
            Or None if the mosaic has nothing there, and may.

        Raises
        ------
        InputError
            If the mosaic has nothing there.
        """
        half = self._half_width(size)
        column, row = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
        stamp = Rectangle(slice(row - half, row + half + 1), slice(column - half, column + half + 1))
        steps = np.arange(oversample) / oversample
        places = np.stack([x - np.tile(steps, oversample), y - np.repeat(steps, oversample)], axis=-1)
        images, shares = self._drizzle(stamp, places, even)
        data = _interleave(images, oversample)
        captured = float(np.nansum(data, dtype=float) / oversample**2)
        if not captured > 0 and empty:
            return None
        if not captured > 0:
            raise InputError(f"{self.mosaic}: pixel {column}, {row}: no member has a usable pixel there")
        ra, dec = (float(value) for value in self.to_sky(x, y))
        corner = (stamp.columns.start, stamp.rows.start)
        star = tuple(float((v - first) * oversample) for v, first in zip((x, y), corner, strict=True))
        return PsfStamp(data / captured, oversample, captured, star, corner, self.pixel_scale, ra, dec, shares)

    def _half_width(self, size):
        half = round(size / self.pixel_scale / 2) if np.isfinite(size) else 0
        if not 2 <= half <= LARGEST:
            low, high = (2 * n * self.pixel_scale for n in (2, LARGEST))
            raise InputError(f"size {size:g}: a PSF can be from {low:.2g} to {high:.2g} arcsec wide")
        return half

    def _drizzle(self, stamp, places, even):
        # Images of the star at all places, shape (places, ny, nx), and shares of its own.
        margin = self._recipe.drop.margin
        outer = Rectangle(*(slice(side.start - margin, side.stop + margin) for side in stamp.slices))
        block = Block(*stamp.slices, outer)
        light = np.zeros((len(places), *outer.shape))
        weight, brought = np.zeros(outer.shape), []
        for index, member in enumerate(self.grid.members):
            star = self._star(member, outer, places, even)
            if star is None:
                continue
            single = MemberOnBlock(block, len(places))
            single.drizzle(star.light, star.weight, star.positions, self._recipe.drop)
            area = single.area
            fallen = single.weight[area].astype(float)
            there = fallen * np.where(fallen != 0, single.means[(slice(None), *area)], 0)
            light[(slice(None), *area)] += there
            weight[area] += fallen
            whole = np.zeros(outer.shape)
            whole[area] = fallen
            brought.append((index, member, star.place, whole))
        with np.errstate(invalid="ignore", divide="ignore"):
            images = np.where(weight != 0, light / weight, np.nan)[(slice(None), *block.inner)]
            fractions = [np.nansum(images[0] * (fallen / weight)[block.inner]) for *_, fallen in brought]
        total = sum(fractions)
        shares = tuple(
            MemberShare(index + 1, member.stem, member.group, *place, float(fraction / total))
            for (index, member, place, _), fraction in zip(brought, fractions, strict=True)
            if fraction > 0
        )
        return images, shares

    def _star(self, member, stamp, places, even):
        part = part_in_stamp(member, stamp, self._recipe.drop.reach)
        if part is None:
            return None
        image = stored_image(member_file(self._folder, member.stem, "outlier_detection"))
        return star_in_member(member, image, part, stamp, places, self._psf, self._recipe, even)


def _interleave(images, oversample):
    # (steps in y * steps in x, ny, nx) to (ny * steps, nx * steps).
    _, ny, nx = images.shape
    steps = images.reshape(oversample, oversample, ny, nx)
    return steps.transpose(2, 0, 3, 1).reshape(ny * oversample, nx * oversample)
