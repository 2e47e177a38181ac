"""Which skycells of a tessellation an image touches."""

import numpy as np
import shapely

from . import sphere

# Vertices of the polygon that stands for a polar cap, the last one the first again.
CAP_STEPS = 16
# How far an image may be from the tangent point of a region that it touches [deg]: regions reach some 3 degrees.
MAX_DISTANCE = 10


def touched_regions(outline, regions):
    """Find the projection regions that an image touches.

    Parameters
    ----------
    outline : ndarray of float64, shape (n, 2)
        RA and Dec along the image's border [deg].
    regions : ndarray
        A tessellation's table of projection regions.

    Returns
    -------
    list of int
        Rows of the table.

    References
    ----------
    romancal.skycell: borders of a region are great circles between its corners, a polar cap is a polygon of 15 sides.
    """
    center = _center(outline)
    tangent = sphere.unit_vectors(regions["ra_tangent"], regions["dec_tangent"])
    image = _polygon(sphere.unit_vectors(*outline.T), center)
    return [
        int(k)
        for k in np.flatnonzero(tangent @ center > np.cos(np.radians(MAX_DISTANCE)))
        if shapely.intersects(image, _polygon(_border(regions[k]), center))
    ]


def touched_skycells(outline, skycells):
    """Find the skycells that an image touches.

    Parameters
    ----------
    outline : ndarray of float64, shape (n, 2)
        RA and Dec along the image's border [deg].
    skycells : ndarray
        Rows of a tessellation's table of skycells, none of them more than a few degrees from the image.

    Returns
    -------
    ndarray of int
        Indices of `skycells`.
    """
    center, border = _center(outline), sphere.unit_vectors(*outline.T)
    # Polygons are made of the few that are near enough. Skycells are of one size, nearly.
    away = np.linalg.norm(sphere.unit_vectors(skycells["ra_center"], skycells["dec_center"]) - center, axis=1)
    radius = np.linalg.norm(border - center, axis=1).max() + 2 * _radius(skycells[:1])
    near = np.flatnonzero(away < radius)
    touched = shapely.intersects(_polygon(border, center), _polygon(_corners(skycells[near]), center))
    return near[touched]


def _corners(skycells):
    angles = (np.stack([skycells[f"{angle}_corn{k}"] for k in (1, 2, 3, 4)], axis=-1) for angle in ("ra", "dec"))
    return sphere.unit_vectors(*angles)


def _radius(skycells):
    centers = sphere.unit_vectors(skycells["ra_center"], skycells["dec_center"])
    return np.linalg.norm(_corners(skycells) - centers[:, np.newaxis], axis=-1).max(initial=0)


def _center(outline):
    center = sphere.unit_vectors(*outline.T).mean(axis=0)
    return center / np.linalg.norm(center)


def _polygon(vectors, center):
    # On the plane that touches the sphere at `center` great circles are straight lines.
    east = np.cross([0.0, 0.0, 1.0] if abs(center[2]) < 0.9 else [1.0, 0.0, 0.0], center)
    axes = np.stack([east, np.cross(center, east)])
    return shapely.polygons(vectors @ axes.T / (vectors @ center)[..., np.newaxis])


def _border(region):
    west, east, south, north = (float(region[name]) for name in ("ra_min", "ra_max", "dec_min", "dec_max"))
    if north == 90 or south == -90:
        radius = 90 - south if north == 90 else 90 + north
        return _cap(float(region["ra_tangent"]), float(region["dec_tangent"]), np.radians(radius))
    return sphere.unit_vectors([west, east, east, west], [south, south, north, north])


def _cap(ra, dec, radius):
    # The first vertex lies where spherical_geometry begins to draw a cone.
    pole = sphere.unit_vectors(ra, dec)
    side = np.cross(pole, np.eye(3)[np.argmin(pole**2)])
    side /= np.linalg.norm(side)
    ahead = np.cross(side, pole)
    angles = np.linspace(0, 2 * np.pi, CAP_STEPS)[:-1, np.newaxis]
    return np.cos(radius) * pole + np.sin(radius) * (np.cos(angles) * ahead + np.sin(angles) * np.cross(pole, ahead))
