"""Make reference files of PSFs as Roman has them (EpsfRefModel) from roman_psfs.npz, for tests and the demo.

    python tests/psf/epsf_files.py folder F158

writes one file for each detector of a filter. The PSF of a detector is wider by a factor of its own, which grows across
the detector, and a little elongated.
"""

import sys
from pathlib import Path

import numpy as np
from roman_datamodels import datamodels
from scipy import ndimage

PSFS = np.load(Path(__file__).parent / "roman_psfs.npz")
FINE, HALF = 8, 10
OVERSAMPLE = 4
DETECTORS = 18
SIZE = 4088


def width(detector, x, y, size=SIZE):
    """How much wider than that of the table the PSF of a detector (1 to 18) is at a pixel: along x and along y."""
    own = 1 + 0.01 * (detector % 5)
    return own * (1 + 0.04 * x / size), own * (1 + 0.02 * y / size)


def light(optical_element, widths, dy, dx):
    """Compute the light in pixels at dy, dx from a star [pixel], its PSF wider by `widths`: (dy.size, dx.size)."""
    places = np.meshgrid(np.asarray(dy) / widths[1], np.asarray(dx) / widths[0], indexing="ij")
    table = PSFS[optical_element].astype(float)
    values = ndimage.map_coordinates(table, (np.array(places) + HALF) * FINE, order=3, mode="constant")
    return values / table.sum() * FINE**2 / np.prod(widths)


def write_epsf_files(folder, optical_element, detectors=range(1, DETECTORS + 1), size=SIZE):
    """Write a file for each detector of a filter, with a grid of 3 x 3 places: str, the pattern that finds them."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    y, x = np.meshgrid(*2 * [np.linspace(0, size - 1, 3)], indexing="ij")
    offset = np.arange(-12 * OVERSAMPLE, 12 * OVERSAMPLE + 1) / OVERSAMPLE
    for detector in detectors:
        stamps = [
            light(optical_element, width(detector, *place, size), offset, offset)
            for place in zip(x.ravel(), y.ravel(), strict=True)
        ]
        model = datamodels.EpsfRefModel.create_fake_data()
        model.meta["instrument"] |= {"detector": f"WFI{detector:02d}", "optical_element": optical_element}
        model.meta.update({"oversample": OVERSAMPLE, "spectral_type": ["A0V", "G2V", "M5V"], "defocus": [0]})
        model.meta.update({"pixel_x": x.ravel().tolist(), "pixel_y": y.ravel().tolist()})
        # The other spectra are not to be taken.
        model["psf"] = np.array([[np.zeros_like(stamps), stamps, np.zeros_like(stamps)]], np.float32)
        model.save(Path(folder) / f"roman_wfi{detector:02d}_{optical_element.lower()}_epsf.asdf")
    return str(Path(folder) / "*_epsf.asdf")


if __name__ == "__main__":
    print(write_epsf_files(*sys.argv[1:3]))
