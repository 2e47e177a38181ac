"""Combine the members' variances in a block of the mosaic, as romancal defines them."""

from dataclasses import dataclass

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
        self._canvases = [Canvas(block)]
        self._squares = {name: np.zeros(block.outer_shape, np.float32) for name in names}
        self._weights = {name: np.zeros(block.outer_shape, np.float32) for name in names}

    def add(self, image, part, weight, positions, area, drizzled_weight):
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
        drizzled_weight : ndarray of float32, shape of the block, or None
            The weight that its data have drizzled; None: not known, each variance has a pass of its own.
        """
        roots = [_root(image, name, part, weight) for name in self._squares if name in image]
        passes = [[root] for root in roots] if drizzled_weight is None else _passes(roots)
        for number, roots in enumerate(passes):
            if number == len(self._canvases):
                self._canvases.append(Canvas(self._canvases[0].block))
            canvas = self._canvases[number]
            canvas.clear(area)
            data, own = _sources(roots, weight)
            canvas.add(data, own, positions, self._drop)
        for rows in strips(area[0], area[1].stop - area[1].start):
            here = (rows, area[1])
            variances = {}
            for canvas, roots in zip(self._canvases, passes, strict=False):
                known = None if drizzled_weight is None else drizzled_weight[here]
                variances |= _variances(roots, canvas.image[here], canvas.weight[here], known)
            member = self._member_weight(variances["var_rnoise"], image)
            for name, variance in variances.items():
                self._accumulate(name, here, variance, member)

    def _member_weight(self, read_noise, image):
        if self._weight_type.startswith("ivm"):
            with np.errstate(divide="ignore", invalid="ignore"):
                weight = 1 / read_noise
            return np.where((weight > 0) & (weight < np.inf), weight, np.float32(0))
        seconds = image.meta["exposure"].get("exposure_time") if self._weight_type == "exptime" else 1.0
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


@dataclass
class _Root:
    """The root of a variance: `complete` if it makes sense wherever there is weight, `positive` if it is above 0."""

    name: str
    values: np.ndarray
    complete: bool
    positive: bool


def _root(image, name, part, weight):
    values = np.empty_like(weight)
    complete = positive = True
    for strip in strips(part[0], weight.shape[1]):
        here = slice(strip.start - part[0].start, strip.stop - part[0].start)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(image.read(name, (strip, part[1])), out=values[here])
        weighed = weight[here] > 0
        complete = complete and not (weighed & ~np.isfinite(root)).any()
        positive = positive and not (weighed & (root == 0)).any()
    return _Root(name, values, complete, positive)


def _passes(roots):
    # Drizzle gives the sum of weights beside the mean of data, so that one pass serves two variances: with
    # w s as weights and t / s as data they are the sums of w s and of w t. The sum of w is known.
    alone = [[root] for root in roots if not root.complete]
    roots = sorted((root for root in roots if root.complete), key=lambda root: not root.positive)
    pairs = [roots[k : k + 2] for k in range(0, len(roots), 2)]
    return alone + [part for pair in pairs for part in ([pair] if pair[0].positive else [[root] for root in pair])]


def _sources(roots, weight):
    # What is drizzled in a pass: data and weights, in place of the roots.
    if len(roots) == 1:
        usable = np.isfinite(roots[0].values)
        return np.where(usable, roots[0].values, 0), np.where(usable, weight, 0)
    first, second = (root.values for root in roots)
    for rows in strips(slice(0, len(weight)), weight.shape[1]):
        weighed = weight[rows] > 0
        np.divide(second[rows], first[rows], out=second[rows], where=weighed)
        np.multiply(weight[rows], first[rows], out=first[rows], where=weighed)
        first[rows][~weighed] = second[rows][~weighed] = 0
    return second, first


def _variances(roots, image, weight, drizzled_weight):
    if len(roots) == 1:
        return {roots[0].name: np.square(image)}
    first, second = roots
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = weight / drizzled_weight
        return {first.name: np.square(mean), second.name: np.square(mean * image)}
