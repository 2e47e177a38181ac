"""How much brighter a pixel can be than its interpolation in another exposure, by where stars fall on the pixels.

Roman's images are undersampled: in F106 a star in the middle of a pixel puts 0.46 of its light there, one on a corner
0.16. What another exposure says of a pixel is therefore not a value but a range. For any sky of non-negative
brightness, seen through a PSF E that is integrated over pixels, a pixel at p is at most R times a linear interpolation
with weights b if ``E(p - q) <= R sum_i b_i E(p_i - q)`` for every place q of a star: the smallest such R is the phase
factor. A blurred PSF, a galaxy, a crowd of stars are sums of such stars and need no larger one. No other positive
weights give a limit that is much tighter (linear programme over 4 x 4 pixels).
"""

# Phase factor half a pixel away from the other exposure's pixels, in one direction; from galsim.roman's PSFs without
# charge diffusion, which is the sharpest case. Up to F158 with what a star has that is bluer than the filter's middle.
HALF_PIXEL = {
    "F062": 1.8,
    "F087": 1.8,
    "F106": 1.75,
    "F129": 1.7,
    "F146": 1.65,
    "F158": 1.65,
    "F184": 1.45,
    "F213": 1.4,
}
SHARPEST = max(HALF_PIXEL.values())
# A PSF that is 3 % narrower has a peak 6 % higher; the rest is for what PSFs vary between detectors.
NARROWER = 1.12


def phase_factor(x, y, optical_element):
    """Compute how many times its interpolation in another exposure a pixel of this one can be.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Where the pixel lies between the four of the other exposure [pixel, 0 to 1].
    optical_element : str
        The filter; of one that is not known the sharpest PSF is assumed.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    rise = HALF_PIXEL.get(str(optical_element).upper(), SHARPEST) - 1
    return NARROWER * (1 + rise * 4 * x * (1 - x)) * (1 + rise * 4 * y * (1 - y))
