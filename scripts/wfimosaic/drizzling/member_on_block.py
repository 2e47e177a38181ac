"""A single member drizzled onto a block."""

import numpy as np

from .canvas import Canvas
from .drizzle_squares import drizzle_squares
from .drop import area_of

NO_FLAGS = np.zeros((0, 0), np.uint32)


class MemberOnBlock:
    """A single member drizzled onto a block: the one that was drizzled last.

    `means` has the weighted mean of each of its arrays (NaN: nothing fell there), `weight` the sum of
    weights, `dq` the union of flags, all of the block's outer shape and valid in the rectangle `area`
    that the member falls into.
    """

    def __init__(self, block, number=1, with_dq=False):
        self._block = block
        self._drizzled = np.empty((1 + number, *block.outer.shape), np.float32)
        self.weight, self.means = self._drizzled[0], self._drizzled[1:]
        self.dq = np.empty(block.outer.shape, np.uint32) if with_dq else NO_FLAGS
        self.area = None

    def drizzle(self, values, weight, positions, drop, dq=NO_FLAGS):
        """Drizzle one part of a member in place of what was there.

        Parameters
        ----------
        values : ndarray of float32, shape (number, ny, nx)
            Of what weighted means are wanted, each over the pixels where it is finite. `weight` is right only if
            the first is finite wherever there is weight.
        weight : ndarray of float32, shape (ny, nx)
            Finite everywhere.
        positions : ndarray of float64, shape (ny, nx, 2)
            See `part_and_map`.
        drop : Drop
        dq : ndarray of uint32, shape (ny, nx), optional
        """
        self.area = area_of(positions, drop, self._block.outer.shape)
        if drop.kernel == "square":
            self._drizzle_squares(values, weight, positions, drop.pixfrac, dq)
        else:
            self._drizzle_others(values, weight, positions, drop, dq)

    def _drizzle_squares(self, values, weight, positions, pixfrac, dq):
        values, weight = (np.ascontiguousarray(array, np.float32) for array in (values, weight))
        dq = np.ascontiguousarray(dq, np.uint32)
        area = tuple(end for span in self.area for end in (span.start, span.stop))
        drizzle_squares(self._drizzled, self.dq, area, positions, weight, values, dq, pixfrac)
        for k, value in enumerate(values):
            usable = np.isfinite(value)
            if not (usable | (weight == 0)).all():
                single = np.empty((2, *self._block.outer.shape), np.float32)
                usable_weight = np.where(usable, weight, np.float32(0))
                drizzle_squares(single, NO_FLAGS, area, positions, usable_weight, value[None], NO_FLAGS, pixfrac)
                self.means[k][self.area] = single[1][self.area]

    def _drizzle_others(self, values, weight, positions, drop, dq):
        for k, value in enumerate(values):
            with_dq = k == 0 and self.dq.size > 0
            canvas, usable = Canvas(self._block, with_dq=with_dq), np.isfinite(value)
            usable_weight = np.where(usable, weight, np.float32(0))
            canvas.drizzle(np.where(usable, value, 0), usable_weight, positions, drop, dq=dq if with_dq else None)
            self.means[k][self.area] = canvas.image[self.area]
            if k == 0:
                self.weight[self.area] = canvas.weight[self.area]
            if with_dq:
                self.dq[self.area] = canvas.dq[self.area]
