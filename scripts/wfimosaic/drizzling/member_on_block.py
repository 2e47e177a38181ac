"""A single member drizzled onto a block."""

import numpy as np
from numba import njit

from .canvas import Canvas
from .drizzle_squares import drizzle_squares
from .drop import area_of

NO_FLAGS = np.zeros((0, 0), np.uint32)


class MemberOnBlock:
    """A single member drizzled onto a block: the one that was drizzled last.

    `means` has the weighted mean of each of its arrays (NaN: nothing fell there), `weight` the sum of
    weights, `dq` the union of flags, all of the block's outer shape and valid in the rectangle `area`
    that the member falls into, once it is finished.
    """

    def __init__(self, block, number=1, with_dq=False):
        self._block = block
        self._drizzled = np.empty((1 + number, *block.outer.shape), np.float32)
        self.weight, self.means = self._drizzled[0], self._drizzled[1:]
        self.dq = np.empty(block.outer.shape, np.uint32) if with_dq else NO_FLAGS
        self.area, self._drop, self._apart = None, None, {}

    def drizzle(self, values, weight, positions, drop, dq=NO_FLAGS):
        """Drizzle one part of a member at once.

        Parameters
        ----------
        values, weight, positions, dq
            See `add`.
        drop : Drop
        """
        self.begin(area_of(positions, drop, self._block.outer.shape), drop)
        self.add(values, weight, positions, dq)
        self.finish()

    def begin(self, area, drop):
        """Begin with a member that falls into a rectangle, in place of the one that was there."""
        self.area, self._drop, self._apart = area, drop, {}
        self._drizzled[:, *area] = 0
        if self.dq.size:
            self.dq[area] = 0

    def add(self, values, weight, positions, dq=NO_FLAGS, corner=(0, 0)):
        """Add a band of the member's pixels. With kernels other than square there is only one.

        Parameters
        ----------
        values : ndarray of float32, shape (number, ny, nx)
            Of what weighted means are wanted, each over the pixels where it is finite. `weight` is right only if
            the first is finite wherever there is weight.
        weight : ndarray of float32, shape (ny, nx)
            Finite everywhere.
        positions : ndarray of float64, shape (at least ny, at least nx, 2)
            See `Band`.
        dq : ndarray of uint32, shape (ny, nx), optional
        corner : (int, int)
            Row and column of the first pixel among the positions.
        """
        if self._drop.kernel == "square":
            self._add_squares(values, weight, positions, dq, corner)
        else:
            self._add_others(values, weight, positions, dq)

    def finish(self):
        """Divide sums by weights."""
        if self._drop.kernel != "square":
            return
        rows, columns = self.area
        _divide(self._drizzled, rows.start, rows.stop, columns.start, columns.stop)
        for k, sums in self._apart.items():
            _divide(sums, rows.start, rows.stop, columns.start, columns.stop)
            self.means[k][self.area] = sums[1][self.area]

    def _add_squares(self, values, weight, positions, dq, corner):
        pixfrac = self._drop.pixfrac
        values, weight = (np.ascontiguousarray(array, np.float32) for array in (values, weight))
        dq = np.ascontiguousarray(dq, np.uint32)
        for k, value in enumerate(values):
            usable = np.isfinite(value)
            # A mean of other pixels than those of the weight: its own sums, from where they begin to differ.
            if k not in self._apart and not (usable.all() or (usable | (weight == 0)).all()):
                self._apart[k] = self._drizzled[[0, 1 + k]]
            if k in self._apart:
                own = np.where(usable, weight, np.float32(0))
                drizzle_squares(self._apart[k], NO_FLAGS, positions, corner, own, value[None], NO_FLAGS, pixfrac)
        drizzle_squares(self._drizzled, self.dq, positions, corner, weight, values, dq, pixfrac)

    def _add_others(self, values, weight, positions, dq):
        for k, value in enumerate(values):
            with_dq = k == 0 and self.dq.size > 0
            canvas, usable = Canvas(self._block, with_dq=with_dq), np.isfinite(value)
            usable_weight = np.where(usable, weight, np.float32(0))
            canvas.drizzle(np.where(usable, value, 0), usable_weight, positions, self._drop, dq=dq if with_dq else None)
            self.means[k][self.area] = canvas.image[self.area]
            if k == 0:
                self.weight[self.area] = canvas.weight[self.area]
            if with_dq:
                self.dq[self.area] = canvas.dq[self.area]


@njit("void(f4[:,:,::1], i8, i8, i8, i8)", cache=True, error_model="numpy")
def _divide(sums, top, bottom, left, right):
    # In a rectangle; NaN where nothing fell.
    for row in range(top, bottom):
        for k in range(1, len(sums)):
            for column in range(left, right):
                total = sums[0, row, column]
                sums[k, row, column] = sums[k, row, column] / total if total != 0 else np.nan
