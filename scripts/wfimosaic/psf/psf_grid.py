"""PSFs at regular places of a mosaic, to be interpolated between."""

from dataclasses import dataclass

import numpy as np

from ..errors import InputError

MAX_COUNT = 50
# A few pixels away a star lies at other phases of the members' pixels: those of 3 x 3 places at these distances
# [detector pixel] make most of the mean over all.
DISTANCE = (5, 7)


@dataclass(frozen=True)
class PsfGrid:
    """PSFs of a mosaic at a grid of places.

    `data` has the fraction of a star's light in a whole pixel of the mosaic around each sample, shape (places, ny,
    nx); the star is in the middle, and what the mosaic has of it adds up to about the square of `oversample`, so that
    fits give whole fluxes. `places` are the x, y of the mosaic's pixels, shape (places, 2), x running
    fastest; `covered` says where the mosaic has something: elsewhere the PSF is that of the nearest place that has.
    `pixel_scale` [arcsec].
    """

    data: np.ndarray
    places: np.ndarray
    covered: np.ndarray
    oversample: int
    pixel_scale: float


def psf_grid(psf, count, size=4.0, oversample=4):
    """Compute the PSFs at the middles of count x count equal parts of a mosaic.

    They are meant for stars around these places, whatever their pixel phases are: each is the mean of what the mosaic
    shows of stars at nine places close to each other, and flagged pixels have the weight of their neighbours.

    Parameters
    ----------
    psf : MosaicPsf
    count : int
    size : float
        See `MosaicPsf.at`.
    oversample : int

    Returns
    -------
    PsfGrid

    Raises
    ------
    InputError
    """
    if not 1 <= count <= MAX_COUNT:
        raise InputError(f"a grid of {count} x {count} PSFs: choose a number from 1 to {MAX_COUNT}")
    places = grid_places(psf.grid.shape, count)
    stamps = [_mean_stamp(psf, place, size, oversample) for place in places]
    covered = np.array([stamp is not None for stamp in stamps])
    if not covered.any():
        raise InputError(f"{psf.mosaic}: has nothing at any of {count} x {count} places: choose another number")
    # Photometry packages want all places of a rectangle.
    there = np.flatnonzero(covered)
    nearest = [min(there, key=lambda k, place=place: np.hypot(*(places[k] - place))) for place in places]
    data = np.stack([stamps[k] for k in nearest])
    return PsfGrid(data.astype(np.float32), places, covered, oversample, psf.pixel_scale)


def grid_places(shape, count):
    """Middles of count x count parts of an image, in whole pixels: x and y, shape (count * count, 2), x fastest."""
    y, x = (np.floor((np.arange(count) + 0.5) * length / count) for length in shape)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _mean_stamp(psf, place, size, oversample):
    # What the mosaic shows of a star of flux 1 at and around a place, in the middle; None where it has nothing.
    moves = [np.array([-1, 0, 1]) * round(distance / psf.grid.pixel_scale_ratio) for distance in DISTANCE]
    around = place + np.stack(np.meshgrid(*moves), axis=-1).reshape(-1, 2)
    stamps = [psf.at(*each, size, oversample, even=True, empty=True) for each in around]
    middle = stamps[len(stamps) // 2]
    if middle is None or not middle.covered:
        return None
    images = [stamp.data * stamp.captured for stamp in stamps if stamp is not None]
    weight = np.isfinite(images).sum(axis=0)
    # The star is at a pixel's centre: without the last samples it is in the middle.
    last = images[0].shape[0] - oversample + 1
    return (np.nansum(images, axis=0) / np.maximum(weight, 1))[:last, :last]
