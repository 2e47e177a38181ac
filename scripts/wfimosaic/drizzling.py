"""Drizzle a part of a member onto a block of the output (Fruchter & Hook 2002, PASP 114, 144)."""

import warnings
from dataclasses import dataclass

import numpy as np
from drizzle.resample import Drizzle

from .blocks import Block, part_in_block
from .strips import strips

PLANE_BITS = 32


@dataclass(frozen=True)
class Drop:
    """How a pixel's flux is spread: kernel, pixfrac and the output's pixel scale over the input's."""

    kernel: str
    pixfrac: float
    pixel_scale_ratio: float

    @property
    def reach(self):
        """How far flux goes from a pixel's centre, at most and whatever pixfrac is [output pixel]."""
        half_width = {"square": 0.71, "turbo": 0.5, "point": 0.0, "gaussian": 1.2, "lanczos2": 2.0, "lanczos3": 3.0}
        return half_width[self.kernel] / self.pixel_scale_ratio

    @property
    def margin(self):
        """Output pixels around a block within which drizzle would drop contributions: the reach and one input pixel."""
        return int(np.ceil(self.reach + 1 / self.pixel_scale_ratio))


class Canvas:
    """The arrays that members are drizzled onto, one block in size.

    `image` is the weighted mean (NaN: nothing fell there), `weight` the sum of weights, `context`
    maps a plane's number to its array, whose bits say which members fell on a pixel; `dq` is the
    union of their flags.
    """

    def __init__(self, block, planes=(), with_dq=False):
        self.block = block
        self.image = np.full(block.outer_shape, np.nan, np.float32)
        self.weight = np.zeros(block.outer_shape, np.float32)
        self.context = {plane: np.zeros(block.outer_shape, np.uint32) for plane in planes}
        self.dq = np.zeros(block.outer_shape, np.uint32) if with_dq else None

    def add(self, data, weight, pixel_map, drop, index=0, dq=None):
        """Drizzle one part of a member.

        Parameters
        ----------
        data, weight : ndarray of float32, shape (ny, nx)
            Finite everywhere.
        pixel_map : ndarray of float64, shape (ny, nx, 2)
            Positions on the block, counted from its outer corner.
        drop : Drop
        index : int
            The member's number, for the context.
        dq : ndarray of uint32, optional
        """
        plane = self.context.get(index // PLANE_BITS)
        # drizzle wants some bit wherever there is weight, and takes bit 31 for a sign: it gets bit 0
        # for all members before and sets bit 1 for this one.
        fallen = None if plane is None else (self.weight > 0).astype(np.int32)
        drizzle = Drizzle(
            kernel=drop.kernel,
            fillval="NaN",
            out_img=self.image,
            out_wht=self.weight,
            out_ctx=None if plane is None else fallen[None],
            out_dq=self.dq,
            exptime=1.0,
            begin_ctx_id=1,
            max_ctx_id=1,
            disable_ctx=plane is None,
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Kernel .* is not a flux-conserving kernel")
            warnings.filterwarnings("ignore", message="In lanczos kernel, pixel_fraction is ignored")
            drizzle.add_image(
                data,
                exptime=1.0,
                pixmap=pixel_map,
                pixel_scale_ratio=drop.pixel_scale_ratio,
                weight_map=weight,
                pixfrac=drop.pixfrac,
                in_units="cps",
                dq=dq,
            )
        if plane is not None:
            plane |= (fallen.view(np.uint32) >> 1) << (index % PLANE_BITS)

    def touched_by(self, index, area=...):
        """Where a member fell, everywhere or in a rectangle, by the context: ndarray of bool."""
        return self.context[index // PLANE_BITS][area] & np.uint32(1 << index % PLANE_BITS) != 0

    def clear(self, area):
        """Forget what fell into a rectangle."""
        self.image[area] = np.nan
        self.weight[area] = 0
        for array in (*self.context.values(), *([] if self.dq is None else [self.dq])):
            array[area] = 0

    def merge(self, alone, index, area):
        """Average a member in that was drizzled alone.

        Parameters
        ----------
        alone : Canvas
            Needs no context: where there is weight it fell.
        index : int
            The member's number.
        area : (slice, slice)
            The rectangle that it fell into.
        """
        plane = self.context[index // PLANE_BITS]
        for rows in strips(area[0], area[1].stop - area[1].start):
            here = (rows, area[1])
            image, weight, new_image, new_weight = (
                c[here] for c in (self.image, self.weight, alone.image, alone.weight)
            )
            total = weight + new_weight
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = (image * weight + new_image * new_weight) / total
            image[:] = np.where(new_weight == 0, image, np.where(weight == 0, new_image, mean))
            weight[:] = total
            plane[here] |= (new_weight > 0).astype(np.uint32) << np.uint32(index % PLANE_BITS)
            if self.dq is not None:
                self.dq[here] |= alone.dq[here]

    def area(self, positions, drop):
        """The rectangle that positions, and the flux around them, fall into: rows and columns."""
        border = (positions[0], positions[-1], positions[:, 0], positions[:, -1])
        low = np.min([side.min(axis=0) for side in border], axis=0) - drop.reach
        high = np.max([side.max(axis=0) for side in border], axis=0) + drop.reach
        x, y = (
            slice(max(0, int(np.floor(first))), max(0, min(size, int(np.ceil(last)) + 1)))
            for first, last, size in zip(low, high, self.image.shape[::-1], strict=True)
        )
        return y, x


def part_and_map(member, block: Block, drop: Drop):
    """Find the part of a member in a block and where its pixels fall.

    Returns
    -------
    ((slice, slice), ndarray of float64, shape (ny, nx, 2)) or None
        Rows and columns of the member; positions counted from the block's outer corner.
    """
    part = part_in_block(member, block, drop.reach)
    if part is None:
        return None
    return part, member.pixel_map(*part, origin=(block.outer_columns.start, block.outer_rows.start))
