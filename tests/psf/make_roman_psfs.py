"""Make roman_psfs.npz: Roman's pixel-integrated PSFs, for simulated stars. Needs galsim with its Roman data.

    python tests/psf/make_roman_psfs.py

Each filter's array is the share of a star's light in a pixel, by the distance of the pixel's centre from the star, at
steps of 1/8 pixel from -10 to 10 pixels in y and x. The PSF is detector 1's without charge diffusion: the sharpest
case. Beyond 7 pixels it is faded out, so that stamps have no edges.
"""

from pathlib import Path

import galsim
import galsim.roman
import numpy as np

OVERSAMPLED, HALF, FADE = 8, 10, 7
PIXEL = 0.11
FILTERS = {
    "F062": "R062",
    "F087": "Z087",
    "F106": "Y106",
    "F129": "J129",
    "F146": "W146",
    "F158": "H158",
    "F184": "F184",
    "F213": "K213",
}


def pixel_integrated(name):
    wavelength = galsim.roman.getBandpasses()[name].effective_wavelength
    psf = galsim.Convolve(galsim.roman.getPSF(1, name, n_waves=5, wavelength=wavelength), galsim.Pixel(PIXEL))
    size = 2 * HALF * OVERSAMPLED + 1
    image = psf.drawImage(nx=size, ny=size, scale=PIXEL / OVERSAMPLED, method="no_pixel").array
    axis = (np.arange(size) - HALF * OVERSAMPLED) / OVERSAMPLED
    distance = np.hypot(axis, axis[:, None])
    image = image * np.cos(np.pi / 2 * np.clip((distance - FADE) / (HALF - FADE), 0, 1)) ** 2
    return (image / image.sum() * OVERSAMPLED**2).astype(np.float16)


if __name__ == "__main__":
    arrays = {ours: pixel_integrated(theirs) for ours, theirs in FILTERS.items()}
    np.savez_compressed(Path(__file__).parent / "roman_psfs.npz", **arrays)
