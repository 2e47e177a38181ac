"""Roman's reference files of PSFs (EpsfRefModel): find a detector's file, and its PSF between the grid's places."""

import functools
import glob
import os
import re

import asdf
import numpy as np

from ..errors import InputError
from ..files.plain_asdf import plain_asdf
from ..images.image_file import input_errors
from .detector_psf import SampledPsf, spline_coefficients

WHERE = (
    "take Roman's reference files of the type EPSF from https://roman-crds.stsci.edu, one for each detector and filter"
)
# The spectrum that romancal takes, and in focus.
SPECTRUM = "G2V"
# Enough for the tree of a file: its arrays follow.
HEADER = 2**17


class EpsfFiles:
    """The PSFs of a filter's detectors, from files; called with detector, x and y it gives the PSF there.

    Parameters
    ----------
    pattern : str
        Names of files, as in "folder/*.asdf".
    optical_element : str
        The filter.

    Raises
    ------
    InputError
        If there are none.
    """

    def __init__(self, pattern, optical_element):
        self._pattern, self._optical_element = pattern, optical_element
        self._paths = dict(_files(pattern, optical_element))
        self._stamps = functools.cache(self._read)

    def __call__(self, detector, x, y):
        """Return the PSF of a detector such as WFI01 around a pixel: SampledPsf.

        Of the four places of the file's grid around the pixel, bilinear between them, that of the border beyond.
        """
        if detector not in self._paths:
            message = f"{self._pattern}: has no PSF of {detector} in {self._optical_element}: {WHERE}"
            raise InputError(message)
        xs, ys, stamps, oversample = self._stamps(detector)
        (left, right), across = _between(xs, x)
        (low, high), up = _between(ys, y)
        between = (1 - across) * stamps(low, left) + across * stamps(low, right)
        above = (1 - across) * stamps(high, left) + across * stamps(high, right)
        return SampledPsf((1 - up) * between + up * above, oversample)

    def _read(self, detector):
        path = self._paths[detector]
        # Closed again: what is compressed would be held as a whole, 40 MB or more for each detector.
        with input_errors(path, "is no file of PSFs", WHERE), plain_asdf(), asdf.open(path, memmap=True) as file:
            roman = file["roman"]
            meta, array = roman["meta"], roman["psf"]
            oversample = int(meta["oversample"])
            focus = _index(meta.get("defocus"), 0, 0)
            spectrum = _index(meta.get("spectral_type"), SPECTRUM, (array.shape[1] - 1) // 2)
            places = np.column_stack([np.array(meta["pixel_x"], float), np.array(meta["pixel_y"], float)])
            xs, ys = np.unique(places[:, 0]), np.unique(places[:, 1])
            index = {tuple(place): k for k, place in enumerate(places.tolist())}
            complete = len(index) == len(xs) * len(ys) == array.shape[2]
            samples = np.array(array[focus, spectrum])
        if not complete:
            raise InputError(f"{path}: its places (pixel_x, pixel_y) are no grid: {WHERE}")

        @functools.lru_cache(maxsize=8)
        def stamp(row, column):
            number = index[xs[column], ys[row]]
            return spline_coefficients(pixel_integrated(samples[number].astype(float), oversample)).astype(np.float32)

        return xs, ys, stamp, oversample


def _files(pattern, optical_element):
    paths = sorted(filter(os.path.isfile, glob.glob(str(pattern))))
    found = False
    for path in paths:
        # 18 detectors in eight filters: opened with asdf they would take seconds.
        with open(path, "rb") as file:
            header, *_ = file.read(HEADER).partition(b"\n...")
        detector, element = (
            re.search(rf"\b{key}: ['\"]?(\w+)".encode(), header) for key in ("detector", "optical_element")
        )
        if re.search(rb"\breftype: ['\"]?EPSF", header) and detector and element:
            found = True
            if element[1].decode() == optical_element:
                yield detector[1].decode(), path
    if not found:
        wanted = f"is a folder: give its files, as in {os.path.join(pattern, '*.asdf')}"
        what = wanted if os.path.isdir(pattern) else f"there is no file of PSFs: {WHERE}"
        raise InputError(f"{pattern}: {what}")


def _index(values, wanted, otherwise):
    values = list(values or [])
    return values.index(wanted) if wanted in values else otherwise


def _between(grid, position):
    # The neighbours of a position in a sorted grid, and how far it is from the first to the second.
    high = int(np.clip(np.searchsorted(grid, position), min(1, len(grid) - 1), len(grid) - 1))
    low = max(0, high - 1)
    width = grid[high] - grid[low]
    return (low, high), float(np.clip((position - grid[low]) / width, 0, 1)) if width else 0.0


def pixel_integrated(samples, oversample):
    """Bring a stamp of a reference file to the fraction of light in a pixel around each sample.

    Parameters
    ----------
    samples : ndarray of float, shape (ny, nx)
        Older files contain the light by sample, which adds up to 1, newer ones what is wanted, which adds up to
        oversample squared.
    oversample : int

    Returns
    -------
    ndarray of float, shape (ny, nx)

    References
    ----------
    romancal.source_catalog.psf.get_gridded_psf_model, which tells them apart in the same way.
    """
    if samples.sum() > oversample**2 / 2:
        return samples
    width = _across_pixel(oversample)
    for axis in range(2):
        samples = np.apply_along_axis(np.convolve, axis, samples, width, mode="same")
    return samples


def _across_pixel(oversample):
    # Weights of samples for an integral over a pixel, with the first term of Euler and Maclaurin's formula at sides.
    if oversample % 2:
        width = np.pad(np.ones(oversample), 1)
        width[:2] += (1 / 24, -1 / 24)
        width[-2:] += (-1 / 24, 1 / 24)
    else:
        width = np.pad(np.ones(oversample + 1), 1)
        width[:3] += (-1 / 24, -1 / 2, 1 / 24)
        width[-3:] += (1 / 24, -1 / 2, -1 / 24)
    return width
