"""point_source: the depth of a known noise."""

import numpy as np
import pytest
from wfimosaic.pictures.point_source import DETECTOR_PIXEL, MIRROR, OBSCURATION, depth, noise_pixels


def test_noise_pixels_are_those_of_a_sampled_psf():
    # A finely sampled diffraction image, cut into pixels at random places: sum(P**2) of each.
    wavelength, fine, size = 1.58e-6, 8, 1024
    step = np.radians(DETECTOR_PIXEL / 3600) / fine
    radius = MIRROR / 2 / (wavelength / (size * step))
    edge = np.arange(size) - size // 2
    distance = np.hypot(*np.meshgrid(edge, edge)) / radius
    mirror = (distance <= 1) & (distance >= OBSCURATION)
    image = np.fft.fftshift(np.abs(np.fft.fft2(mirror)) ** 2)
    image /= image.sum()
    sums = []
    for dy in range(fine):
        for dx in range(fine):
            shifted = np.roll(image, (dy, dx), (0, 1))
            pixels = shifted.reshape(size // fine, fine, size // fine, fine).sum(axis=(1, 3))
            sums.append((pixels**2).sum())
    assert noise_pixels(wavelength) == pytest.approx(1 / np.mean(sums), rel=0.02)


def test_depth_of_a_known_noise():
    # Independent pixels of 0.11 arcsec: the error of a flux is err times the root of the noise pixels.
    err = np.array([0.02, 0.01, np.nan], np.float32)
    area = np.radians(0.11 / 3600) ** 2
    flux = 5 * 0.02e6 * area * np.sqrt(noise_pixels(1.58e-6))
    found = depth(err, 0.11, "F158")
    assert found[0] == pytest.approx(-2.5 * np.log10(flux / 3631), abs=0.002)
    assert found[1] - found[0] == pytest.approx(2.5 * np.log10(2), abs=1e-4) and np.isnan(found[2])
    # Smaller pixels of the same exposures have larger errors, and the same depth.
    assert depth(2 * err, 0.055, "F158")[0] == pytest.approx(found[0], abs=1e-4)
