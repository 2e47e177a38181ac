"""Two exposures of stars without noise, of which the second is turned."""

import numpy as np
from wfimosaic.comparison.other_exposure import Candidates, Other, deviation_and_allowed
from wfimosaic.stars.bright_stars import bright_stars
from wfimosaic.stars.star_halo import REACH, Halo

SNR = (5.0, 4.0)


class NoSky:
    """Nothing to subtract."""

    @staticmethod
    def at(row, column):
        """Return nothing."""
        return np.zeros(np.shape(row), np.float32)


class Turned:
    """The way from one exposure to another that is turned by an angle about a star, whose place is known on both."""

    def __init__(self, star, there, degrees):
        self.star, self.there = np.array([star, there], float)[:, :, None]
        sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        self.matrix, self.turn = np.array([[cosine, -sine], [sine, cosine]]), abs(sine)

    def positions(self, x, y):
        """Return the pixels x, y of the first on the second."""
        return self.there + self.matrix @ (np.stack([x, y]) - self.star)


def unchanged(x, y):
    """Return pixels of the first exposure, on which lattice its stars are."""
    return np.stack([x, y])


def exposure(data, optical_element="F158", **more):
    """Return an exposure with these data and little noise, on which all is good."""
    err = np.ones(data.shape, np.float32)
    return Other(
        data.astype(np.float32), err, np.zeros(data.shape, np.uint32), np.uint32(1), NoSky(), optical_element, **more
    )


def halo_of(data, x, y, optical_element="F158"):
    """Return that of the stars of an exposure around pixels."""
    return Halo.around(
        bright_stars(data.astype(np.float32), REACH), unchanged, 1.0, optical_element, x, y, np.ones(len(x))
    )


def compared(data, x, y, other, route, more=0):
    """Compare pixels x, y of data, with more in them, with another exposure: see `deviation_and_allowed`."""
    err = np.ones(len(x))
    halo = halo_of(data, x, y, other.optical_element)
    return deviation_and_allowed(Candidates(x, y, data[y, x] + more, err, 0 * err, halo), other, route, SNR)
