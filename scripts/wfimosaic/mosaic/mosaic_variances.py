"""Combine the members' variances in a block of the mosaic, as romancal defines them."""

import numpy as np

from ..files.strips import strips
from ..images.weights import known_time

MAX_EXPONENT = 120


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
        self._squares = {name: np.zeros(shape, np.float32) for name in names}
        self._weights = {name: np.zeros(shape, np.float32) for name in names}

    def add(self, image, roots, weight, area):
        """Add a member.

        Parameters
        ----------
        image : StoredImage
        roots : sequence of ndarray of float32, shape of the block
            The drizzled roots of its variances, NaN where there are none.
        weight : ndarray of float32, shape of the block
            Its sums of weights.
        area : (slice, slice)
            The rectangle of the block that it falls into.
        """
        for rows in strips(area[0], area[1].stop - area[1].start):
            target = (rows, area[1])
            variances = {name: np.square(root[target]) for name, root in zip(self._squares, roots, strict=True)}
            member = self._member_weight(image, weight[target], variances["var_rnoise"])
            for name, variance in variances.items():
                self._accumulate(name, target, variance, member)

    def _member_weight(self, image, weight, read_noise):
        if self._weight_type == "ivm-sky":
            return weight
        if self._weight_type == "ivm":
            with np.errstate(divide="ignore", invalid="ignore"):
                weight = 1 / read_noise
            return np.where((weight > 0) & (weight < np.inf), weight, np.float32(0))
        exposure_time = image.meta["exposure"].get("exposure_time") if self._weight_type == "exptime" else 1.0
        return np.full(read_noise.shape, known_time(exposure_time), np.float32)

    def _accumulate(self, name, target, variance, weight):
        # Comparing with NaN is False, so that NaN counts as 0.
        weight = np.where((variance >= 0) & (variance < np.inf), weight, np.float32(0)) * self._unit_of(weight)
        self._weights[name][target] += weight
        weight *= weight
        weight *= np.where(weight > 0, variance, np.float32(0))
        self._squares[name][target] += weight

    def _unit_of(self, weight):
        # float32 cannot hold the squares of weights in units far from Roman's. A power of two changes no other bit.
        if self._unit is None and weight.any():
            exponent = np.frexp(np.abs(weight).max())[1]
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
        for name, squares in self._squares.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                squares /= ratio
                squares /= self._weights[name]
                squares /= self._weights[name]
        return self._squares
