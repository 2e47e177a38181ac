"""A little geometry on the celestial sphere."""

import numpy as np


def unit_vectors(ra, dec):
    """Unit vectors of sky positions [deg]: ndarray of float64, shape (..., 3)."""
    ra, dec = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def separation(ra1, dec1, ra2, dec2):
    """Angle between sky positions [deg], exact for small angles too."""
    a, b = unit_vectors(ra1, dec1), unit_vectors(ra2, dec2)
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))


def position_angle(ra1, dec1, ra2, dec2):
    """Direction from the first to the second position [deg], north through east, 0 to 360."""
    dra, dec1, dec2 = np.radians(ra2 - ra1), np.radians(dec1), np.radians(dec2)
    east = np.sin(dra) * np.cos(dec2)
    north = np.cos(dec1) * np.sin(dec2) - np.sin(dec1) * np.cos(dec2) * np.cos(dra)
    return np.degrees(np.arctan2(east, north)) % 360


def center(ra, dec):
    """Centre of the box that holds the positions' unit vectors [deg].

    This is how stcal.alignment places the tangent point of a mosaic.
    """
    vectors = unit_vectors(ra, dec).reshape(-1, 3)
    x, y, z = (vectors.max(axis=0) + vectors.min(axis=0)) / 2
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))


def polygon_area(ra, dec):
    """Area inside a small outline of densely spaced positions [sr].

    Lambert's azimuthal projection keeps areas, so the plane's shoelace formula gives them.
    """
    points = unit_vectors(ra, dec)
    pole = points.mean(axis=0)
    pole /= np.linalg.norm(pole)
    east = np.cross([0.0, 0.0, 1.0] if abs(pole[2]) < 0.9 else [1.0, 0.0, 0.0], pole)
    east /= np.linalg.norm(east)
    scale = np.sqrt(2 / (1 + points @ pole))
    x, y = scale * (points @ east), scale * (points @ np.cross(pole, east))
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
