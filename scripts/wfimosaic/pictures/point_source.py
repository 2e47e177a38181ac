"""How faint a point source a mosaic shows."""

import functools

import numpy as np

# The Roman Space Telescope's mirror [m], its linear obscuration, and the detectors' pixels [arcsec].
MIRROR = 2.36
OBSCURATION = 0.31
DETECTOR_PIXEL = 0.11
SIZE = 512


@functools.cache
def noise_pixels(wavelength):
    """Compute the number of pixels whose noise counts when a point source is fitted.

    It is ``1 / sum(P**2)``, P the fraction of the light that falls into each pixel, averaged over
    where in a pixel the source lies: by Parseval's theorem the integral of the squared transfer
    functions of an annular mirror and a square pixel. Charge diffusion and jitter are not included.

    Parameters
    ----------
    wavelength : float
        [m]

    Returns
    -------
    float
        [detector pixel]

    References
    ----------
    King 1983, PASP 95, 163 (the equivalent noise area).
    """
    edge = np.arange(SIZE) - SIZE // 2
    radius = np.hypot(*np.meshgrid(edge, edge)) / (SIZE / 8)
    mirror = ((radius <= 1) & (radius >= OBSCURATION)).astype(float)
    transfer = np.abs(np.fft.ifft2(np.abs(np.fft.fft2(mirror)) ** 2))
    transfer = np.fft.fftshift(transfer / transfer[0, 0])
    frequency = edge * MIRROR / (SIZE / 4) / wavelength * np.radians(DETECTOR_PIXEL / 3600)
    pixel = np.sinc(frequency)
    return float(1 / (np.sum((transfer * np.outer(pixel, pixel)) ** 2) * (frequency[1] - frequency[0]) ** 2))


def depth(err, pixel_scale, optical_element):
    """Compute the magnitude of a point source of five times its error.

    Parameters
    ----------
    err : ndarray of float32
        The mosaic's error [MJy/sr], whose squares may be summed over pixels.
    pixel_scale : float
        Of the mosaic [arcsec].
    optical_element : str
        A filter such as F158, whose number is its wavelength in units of 10 nm.

    Returns
    -------
    ndarray of float32
        AB magnitude.
    """
    pixels = noise_pixels(int(optical_element[1:]) * 1e-8) * (DETECTOR_PIXEL / pixel_scale) ** 2
    return magnitude(5 * err * np.sqrt(pixels), pixel_scale).astype(np.float32)


def magnitude(light, pixel_scale):
    """Compute the AB magnitude of a sum of pixels [MJy/sr] of a mosaic whose pixels are so large [arcsec]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -2.5 * np.log10(1e6 * light * np.radians(pixel_scale / 3600) ** 2) + 8.90
