"""How well the sky of overlapping members agrees, in units of what noise alone would do."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Seams:
    """The steps between members in each of their overlaps.

    `pairs` has the members' numbers, shape (n, 2); `before` and `after` are the steps without and with the sky levels
    [MJy/sr], `error` is the 1-sigma error that noise gives the latter.
    """

    pairs: np.ndarray
    before: np.ndarray
    after: np.ndarray
    error: np.ndarray

    @property
    def scaled(self):
        """The steps that are left, in units of their error: ndarray, 0 without noise and without a step."""
        noisy = self.error > 0
        return np.where(noisy, self.after / np.where(noisy, self.error, 1), np.where(self.after == 0, 0, np.inf))


def measure_seams(sky):
    """Collect what a record contains about the seams between members.

    Parameters
    ----------
    sky : SkyRecord

    Returns
    -------
    Seams
    """
    pairs = np.array([(o.i, o.j) for o in sky.overlaps], int).reshape(-1, 2)
    columns = np.array([(o.sky_i - o.sky_j, o.residual, o.residual_error) for o in sky.overlaps]).reshape(-1, 3)
    return Seams(pairs, *columns.T)
