"""Coadd single-drizzled members on a block: mean, weight, context."""

import warnings

import numpy as np
from drizzle.resample import Drizzle
from numba import njit

from .context import PLANE_BITS

NO_PLANE = np.zeros((0, 0), np.uint32)


class Canvas:
    """The arrays that members are coadded on, one block in size.

    `image` is the weighted mean (NaN: nothing fell there), `weight` the sum of weights, `context`
    maps a plane's number to its array, whose bits say which members fell on a pixel; `dq` is the
    union of their flags.
    """

    def __init__(self, block, planes=(), with_dq=False):
        self.image = np.full(block.outer.shape, np.nan, np.float32)
        self.weight = np.zeros(block.outer.shape, np.float32)
        self.context = {plane: np.zeros(block.outer.shape, np.uint32) for plane in planes}
        self.dq = np.zeros(block.outer.shape, np.uint32) if with_dq else None

    def drizzle(self, data, weight, positions, drop, index=0, dq=None):
        """Add one part of a member with drizzle.

        Parameters
        ----------
        data, weight : ndarray of float32, shape (ny, nx)
            Finite everywhere.
        positions : ndarray of float64, shape (ny, nx, 2)
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
                pixmap=positions,
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

    def merge(self, member, index=0):
        """Average in a member that was drizzled by itself.

        Parameters
        ----------
        member : MemberOnBlock
        index : int
            The member's number, for the context.
        """
        rows, columns = member.area
        plane, bit = self.context.get(index // PLANE_BITS, NO_PLANE), np.uint32(1 << index % PLANE_BITS)
        area = (rows.start, rows.stop, columns.start, columns.stop)
        _average(self.image, self.weight, plane, member.means[0], member.weight, bit, area)
        if self.dq is not None:
            self.dq[member.area] |= member.dq[member.area]


@njit(
    "void(f4[:,::1], f4[:,::1], u4[:,::1], f4[:,::1], f4[:,::1], u4, UniTuple(i8, 4))", cache=True, error_model="numpy"
)
def _average(image, weight, plane, new_image, new_weight, bit, area):
    # In place: where only one has weight its value stays, to the last bit.
    top, bottom, left, right = area
    for row in range(top, bottom):
        for k in range(left, right):
            old, new = weight[row, k], new_weight[row, k]
            if new != 0:
                mean = (image[row, k] * old + new_image[row, k] * new) / (old + new)
                image[row, k] = new_image[row, k] if old == 0 else mean
                weight[row, k] = old + new
                if plane.size and new > 0:
                    plane[row, k] |= bit
