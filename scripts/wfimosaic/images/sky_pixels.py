"""The pixels of a member that its sky is measured in."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..files.strips import release_pages
from .background_image import background_image
from .calibration import check_has_sky, flux_scale
from .flags import good_pixels
from .image_file import mapped_pixels
from .stored_image import stored_member


@dataclass(frozen=True)
class SkyPixels:
    """A member's arrays `data` and `dq`, its `background` image or None, and the `scale` to MJy/sr.

    The arrays are flat and as the files have them. `dqbits` are flags to ignore, see `good_pixels`.
    """

    data: np.ndarray
    dq: np.ndarray
    background: np.ndarray | None
    scale: np.float32
    dqbits: str | int | None

    def at(self, index):
        """Read pixels, a slice or numbers of the flat image: ndarray of float32 [MJy/sr], NaN where not good."""
        values = self.data[index]
        if self.background is not None:
            values = values - self.background[index].astype(np.float32)
        values = values * self.scale
        values[~good_pixels(values, self.dq[index], self.dqbits)] = np.nan
        return values

    def release(self):
        """Let go of the memory that mapped arrays take: see `release_pages`."""
        for array in (self.data, self.dq, self.background):
            release_pages(array)


@contextmanager
def sky_pixels(member, dqbits, flux_skip=False, counts_allowed=False, background=None):
    """Open the pixels of a member.

    Parameters
    ----------
    member : GridMember
    dqbits : str or int or None
        Flags to ignore.
    flux_skip, counts_allowed
        See `flux_scale`.
    background : str or None
        See `background_image`.

    Yields
    ------
    SkyPixels
    """
    with (
        stored_member(member.path, member.fingerprint) as image,
        background_image(background, member.shape) as subtracted,
    ):
        check_has_sky(member.path, image)
        scale = flux_scale(member.path, image, flux_skip, counts_allowed)
        data, dq = (mapped_pixels(member.path, image, name) for name in ("data", "dq"))
        own = None if background is None else subtracted.reshape(-1)
        yield SkyPixels(data.reshape(-1), dq.reshape(-1), own, scale, dqbits)
