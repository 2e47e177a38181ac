"""Combine the members' variances in a block of the mosaic, as romancal defines them."""

import numpy as np

from .drizzling import Canvas
from .strips import strips
from .weights import known_time


class MosaicVariances:
    """Running sums of w**2 v and of w for each variance v of the members that fall on a block.

    The root of each variance is drizzled like data, so that it is averaged with the data's own weights:
    formal propagation through the drops would make aperture errors too small. The weight w of a member
    is 1 over its drizzled read noise variance, or the same everywhere for weight types without noise.
    """

    def __init__(self, block, names, weight_type, drop):
        self._weight_type = weight_type
        self._drop = drop
        self._drizzled = {name: Canvas(block) for name in names}
        self._squares = {name: np.zeros(block.outer_shape, np.float32) for name in names}
        self._weights = {name: np.zeros(block.outer_shape, np.float32) for name in names}

    def add(self, image, part, weight, positions, area):
        """Add a part of a member.

        Parameters
        ----------
        image : MappedImage
        part : (slice, slice)
        weight : ndarray of float32, shape of the part
            What its data are drizzled with.
        positions : ndarray of float64
            See `part_and_map`.
        area : (slice, slice)
            The rectangle of the block that the part falls into.
        """
        present = [name for name in self._drizzled if image.has(name)]
        for name in present:
            canvas = self._drizzled[name]
            canvas.clear(area)
            root, own = _root(image, name, part, weight)
            canvas.add(root, own, positions, self._drop)
        width = area[1].stop - area[1].start
        for strip in strips(area[0], width):
            here = (strip, area[1])
            squared = {name: np.square(self._drizzled[name].image[here]) for name in present}
            member = self._member_weight(squared["var_rnoise"], image)
            for name, variance in squared.items():
                self._accumulate(name, here, variance, member)

    def _member_weight(self, read_noise, image):
        if self._weight_type.startswith("ivm"):
            with np.errstate(divide="ignore", invalid="ignore"):
                weight = 1 / read_noise
            return np.where((weight > 0) & (weight < np.inf), weight, np.float32(0))
        seconds = image.meta.exposure.get("exposure_time") if self._weight_type == "exptime" else 1.0
        return np.full(read_noise.shape, known_time(seconds), np.float32)

    def _accumulate(self, name, here, variance, weight):
        # Comparing with NaN is False, so that NaN counts as 0.
        weight = np.where((variance >= 0) & (variance < np.inf), weight, np.float32(0))
        self._weights[name][here] += weight
        weight *= weight
        weight *= np.where(weight > 0, variance, np.float32(0))
        self._squares[name][here] += weight

    def mean(self):
        """Sum of w**2 v over the square of the sum of w, over the square of the pixel scale ratio.

        Returns
        -------
        dict of str to ndarray of float32
            NaN where nothing fell.
        """
        ratio = np.float32(self._drop.pixel_scale_ratio**2)
        for name, squares in self._squares.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                squares /= ratio
                squares /= self._weights[name]
                squares /= self._weights[name]
        return self._squares


def _root(image, name, part, weight):
    # The root of a variance, and the weight where it makes sense.
    root, own = np.empty_like(weight), np.empty_like(weight)
    for strip in strips(part[0], weight.shape[1]):
        here = slice(strip.start - part[0].start, strip.stop - part[0].start)
        variance = image.read(name, (strip, part[1]))
        usable = (variance >= 0) & (variance < np.inf)
        root[here] = np.sqrt(np.where(usable, variance, np.float32(0)))
        own[here] = np.where(usable, weight[here], np.float32(0))
    return root, own
