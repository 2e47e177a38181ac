"""What PSFs that differ a little put beside stars: between exposures, as the telescope turns, between detectors.

Shares were measured on galsim.roman's PSFs, whose widths differ by 2 % (1 sigma) between exposures, rolls by up to 30
degrees, and detectors as theirs do: those of halos on pairs of stars without noise, the others on fields.
"""

import numpy as np

from .star_halo import OUTSIDE

# Of the brightest pixel within REACH, which counts for less with the fourth power of the distance beyond; and where
# one of these pixels is bad, which may have been the brightest.
OF_BRIGHTEST, WITH_GAPS = 0.1, 0.3
REACH = 1.1
# Of a bright star's halo, by filter: what its rings differ by; its spikes, which lie beside each other when the
# telescope has turned them by APART pixels; and, times the sine of the angle, the corners of its core, at long
# wavelengths more.
RINGS = {"F062": 0.0012, "F087": 0.0012, "F106": 0.0014, "F129": 0.0016, "F146": 0.002, "F158": 0.002}
SPIKES = {"F062": 0.004, "F087": 0.006, "F106": 0.005, "F129": 0.0048, "F146": 0.0052, "F158": 0.0058, "F184": 0.01}
CORNERS = {"F062": 0.02, "F087": 0.038, "F106": 0.07, "F129": 0.057, "F146": 0.058, "F158": 0.058, "F184": 0.08}
MOST_RINGS, MOST_SPIKES, MOST_CORNERS = 0.003, 0.0108, 0.09
APART = 2.0
# And what is there beside the core, at least, without any turn, as its width differs.
WIDTH = 0.002
# Rings and spikes lie where the other exposure has light too: of the brightest pixel around they differ by this share,
# and as much more for each pixel that the telescope has moved them.
OF_LIGHT_THERE = 0.5
# Widths that differ by more than this share, as they are measured, let all of these differ by as many times more; what
# is measured follows true widths less at the longest wavelength.
LIKELY = {"F213": 0.035}
MOST_LIKELY = 0.055
# Other detectors have other PSFs: of both, this many times as much, which is also what widths can do at most.
OTHER_DETECTOR = 2.5


def times_as_much(widths, optical_element):
    """Compute how many times as much as usual the PSFs of two exposures with one detector may differ.

    Parameters
    ----------
    widths : float
        What they differ by, as a share; NaN where it is not known.
    optical_element : str
        The filter.

    Returns
    -------
    float
        At most what it is for two detectors.
    """
    likely = LIKELY.get(str(optical_element).upper(), MOST_LIKELY)
    return min(max(1.0, abs(np.nan_to_num(widths)) / likely), OTHER_DETECTOR)


def beside_star(light, good, x, y):
    """Compute what PSFs that differ put into a pixel beside a star, or into that of the star.

    Parameters
    ----------
    light : ndarray of float32, shape (16, n)
        Of another exposure's 4 x 4 pixels around each place, above the darkest of them and what noise does [MJy/sr].
    good : ndarray of bool, shape (16, n)
        Whether the light is known.
    x, y : ndarray of float, shape (n,)
        Where the place lies between the four in the middle [pixel, 0 to 1].

    Returns
    -------
    ndarray of float32, shape (n,)
        [MJy/sr]
    """
    row, column = np.divmod(np.arange(16, dtype=np.float32)[:, None], 4)
    square = (column - 1 - x) ** 2 + (row - 1 - y) ** 2
    weight = np.minimum(1, REACH**2 / np.maximum(square, np.float32(1e-3))) ** 2
    share = np.where(good.all(axis=0), np.float32(OF_BRIGHTEST), np.float32(WITH_GAPS))
    return share * np.where(good, weight * np.maximum(light, 0), 0).max(axis=0)


def halo_difference(halo, brightest, optical_element, turn, differ=1.0):
    """Compute by how much the halos of bright stars may differ between two exposures.

    Parameters
    ----------
    halo : ndarray of float32, shape (n, 3)
        See `star_halo`.
    brightest : float or ndarray of float32, shape (n,)
        Of the other exposure's 4 x 4 pixels around each place [MJy/sr]; inf where it is not known.
    optical_element : str
        The filter; of one that is not known the brightest rings, spikes and corners are assumed.
    turn : float
        Sine of the angle between the two.
    differ : float
        How many times as much as usual PSFs may differ: see `times_as_much`.

    Returns
    -------
    ndarray of float32, shape (n,)
        [MJy/sr]
    """
    name = str(optical_element).upper()
    rings, spikes, corners = halo.T
    # Spikes fall with the square of the distance, and what turns them apart grows with it.
    moved = np.minimum(spikes, np.float32(turn * OUTSIDE / APART) * rings)
    difference = np.float32(RINGS.get(name, MOST_RINGS)) * rings + np.float32(SPIKES.get(name, MOST_SPIKES)) * moved
    # The ratio of rings to spikes tells how far away the stars are that matter most.
    distance = OUTSIDE * rings / np.maximum(spikes, np.float32(1e-30))
    there = np.float32(OF_LIGHT_THERE) * (1 + np.float32(turn) * distance) * np.maximum(brightest, 0)
    core = np.float32(max(WIDTH, CORNERS.get(name, MOST_CORNERS) * turn)) * corners
    return np.float32(differ) * (np.minimum(difference, there) + core)
