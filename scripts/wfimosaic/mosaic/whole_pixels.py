"""Where the usable pixels of a member fall: of them the mosaic's exposure time is made."""

from dataclasses import replace

import numpy as np

from ..drizzling.member_on_block import MemberOnBlock
from ..images.flags import bad_bits


class WholePixels:
    """Where the usable pixels of a member fall when drops are as large as pixels.

    Only of the bands of which that is not where drops with weight fall, which is known.

    References
    ----------
    romancal.resample, which drizzles an image of constant value for it.
    """

    def __init__(self, block, drop, good_bits):
        self._block, self._bad_bits = block, bad_bits(good_bits)
        self._drop = replace(drop, pixfrac=1.0)
        # Negative lobes take part in no context, but count here.
        self._same = drop == self._drop and not drop.kernel.startswith("lanczos")
        self._single, self._area, self._any = None, None, False

    def begin(self, area):
        """Begin with a member that falls into a rectangle of the block."""
        self._area, self._any = area, False

    def add(self, image, band, complete):
        """Add the usable pixels of a band; `complete` if all of them have weight."""
        if self._same and complete:
            return
        self._single = self._single or MemberOnBlock(self._block)
        if not self._any:
            self._single.begin(self._area, self._drop)
            self._any = True
        ones = ((image.read("dq", band.part) & self._bad_bits) == 0).astype(np.float32)
        self._single.add(ones[None], ones, band.positions, corner=band.corner)

    def touched(self):
        """ndarray of bool, shape of the area."""
        return self._single.weight[self._area] != 0 if self._any else np.False_
