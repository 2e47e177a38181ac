"""The tangent plane that a file's WCS is, as plain asdf reads it: importing gwcs and astropy takes seconds."""

from dataclasses import dataclass

import numpy as np
from asdf.tagged import get_tag

from .sphere import unit_vectors


@dataclass(frozen=True)
class StoredPlane:
    """A gnomonic WCS: `crpix` counts from 0, `matrix` takes pixels to degrees on the plane, `crval` is in degrees."""

    crpix: np.ndarray
    matrix: np.ndarray
    crval: np.ndarray

    def to_sky(self, x, y):
        """Find RA and Dec [deg] of pixels: two ndarrays of float."""
        offset = np.stack([np.asarray(x, float) - self.crpix[0], np.asarray(y, float) - self.crpix[1]], axis=-1)
        xi, eta = np.moveaxis(np.radians(offset @ self.matrix.T), -1, 0)
        east, north, pole = self._axes()
        vectors = xi[..., None] * east + eta[..., None] * north + pole
        ra = np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0])) % 360
        return ra, np.degrees(np.arctan2(vectors[..., 2], np.hypot(vectors[..., 0], vectors[..., 1])))

    def to_pixel(self, ra, dec):
        """Find x and y of sky positions [deg]: two ndarrays of float, NaN on the other half of the sky."""
        vectors = unit_vectors(ra, dec)
        east, north, pole = self._axes()
        height = vectors @ pole
        height = np.where(height > 0, height, np.nan)
        plane = np.degrees(np.stack([vectors @ east / height, vectors @ north / height], axis=-1))
        x, y = np.moveaxis(plane @ np.linalg.inv(self.matrix).T + self.crpix, -1, 0)
        return x, y

    def _axes(self):
        # Unit vectors to the east and the north at the tangent point, and to that.
        ra = np.radians(self.crval[0])
        east = np.array([-np.sin(ra), np.cos(ra), 0])
        pole = unit_vectors(*self.crval)
        return east, np.cross(pole, east), pole


def stored_plane(wcs):
    """Read a WCS as the tree of plain asdf.

    Parameters
    ----------
    wcs : dict
        Tagged, see `plain_asdf`.

    Returns
    -------
    StoredPlane or None
        None if it is no tangent plane in the form that `tangent_plane` makes.

    References
    ----------
    Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3.
    """
    transform = wcs["steps"][0]["transform"]
    if len(wcs["steps"]) != 2 or "fitswcs_imaging" not in str(get_tag(transform)):
        return None
    if "gnomonic" not in str(get_tag(transform["projection"])) or "lon_pole" in transform:
        return None
    crpix, crval, cdelt, pc = (np.array(transform[name], float) for name in ("crpix", "crval", "cdelt", "pc"))
    return StoredPlane(crpix, cdelt[:, None] * pc, crval)
