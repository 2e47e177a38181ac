"""Combine the members' variances in a block of the mosaic, as romancal defines them."""

import numpy as np
from numba import njit

from ..images.weights import known_time

MAX_EXPONENT = 120
ZERO, INFINITY = np.float32(0), np.float32(np.inf)


class MosaicVariances:
    """Running sums of w**2 v and of w for each variance v of the members that fall on a block.

    The root of each variance is drizzled like data, so that it is averaged with the data's own weights:
    formal propagation through the drops would make aperture errors too small. The weight w of a member
    is the sum of its drops' weights for ivm-sky, 1 over its drizzled read noise variance for ivm, and the same
    everywhere for weight types without noise.
    """

    def __init__(self, shape, names, weight_type):
        self._weight_type = weight_type
        self._unit = None
        self._names = names
        self._squares, self._weights = (np.zeros((len(names), *shape), np.float32) for _ in range(2))

    def add(self, image, roots, weight, area):
        """Add a member.

        Parameters
        ----------
        image : StoredImage
        roots : ndarray of float32, shape (number of variances, *shape of the block)
            The drizzled roots of its variances, NaN where there are none.
        weight : ndarray of float32, shape of the block
            Its sums of weights.
        area : (slice, slice)
            The rectangle of the block that it falls into.
        """
        if self._weight_type != "ivm-sky":
            weight = self._other_weight(image, roots[self._names.index("var_rnoise")])
        unit = self._unit_of(weight[area])
        rows, columns = area
        _accumulate(
            *(self._squares, self._weights, roots, weight, unit),
            (rows.start, rows.stop, columns.start, columns.stop),
        )

    def _other_weight(self, image, read_noise_root):
        if self._weight_type == "ivm":
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                weight = 1 / np.square(read_noise_root)
            return np.where((weight > 0) & (weight < np.inf), weight, np.float32(0))
        exposure_time = image.meta["exposure"].get("exposure_time") if self._weight_type == "exptime" else 1.0
        return np.full(read_noise_root.shape, known_time(exposure_time), np.float32)

    def _unit_of(self, weight):
        # float32 cannot hold the squares of weights in units far from Roman's. A power of two changes no other bit.
        if self._unit is None and weight.any():
            exponent = np.frexp(max(weight.max(), -weight.min()))[1]
            self._unit = np.float32(2.0 ** -np.clip(exponent, -MAX_EXPONENT, MAX_EXPONENT))
        return np.float32(1) if self._unit is None else self._unit

    def mean(self, pixel_scale_ratio):
        """Sum of w**2 v over the square of the sum of w, over the square of the pixel scale ratio.

        Returns
        -------
        dict of str to ndarray of float32
            NaN where nothing fell.
        """
        ratio = np.float32(pixel_scale_ratio**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            for divisor in (ratio, self._weights, self._weights):
                self._squares /= divisor
        return dict(zip(self._names, self._squares, strict=True))


@njit("void(f4[:,:,::1], f4[:,:,::1], f4[:,:,::1], f4[:,::1], f4, UniTuple(i8, 4))", cache=True, error_model="numpy")
def _accumulate(squares, weights, roots, weight, unit, area):
    top, bottom, left, right = area
    for number in range(len(squares)):
        for row in range(top, bottom):
            root, square, total = roots[number, row], squares[number, row], weights[number, row]
            whole = weight[row]
            for k in range(left, right):
                variance = root[k] * root[k]
                # Comparing with NaN is False, so that NaN counts as 0.
                own = whole[k] * unit if (variance >= ZERO) & (variance < INFINITY) else ZERO
                total[k] += own
                square[k] += own * own * variance if own > ZERO else ZERO
