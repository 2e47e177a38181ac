"""Drizzle by the definition of the kernels, pixel by pixel (Fruchter & Hook 2002, PASP 114, 144; drizzle's manual)."""

import numpy as np
import shapely
from wfimosaic.grid import pixel_map

FWHM = 2.3548


def shares(member, shape, kernel="square", pixfrac=1.0, ratio=1.0):
    """Compute the share of every input pixel's weight that goes to every output pixel.

    Returns
    -------
    ndarray of float64, shape (output pixels, input pixels)
    """
    y, x = (values.ravel().astype(float) for values in np.mgrid[: member.shape[0], : member.shape[1]])
    rows, columns = (values.ravel() for values in np.mgrid[: shape[0], : shape[1]])
    if kernel == "square":
        return _square(member, x, y, rows, columns, pixfrac)
    u, v = pixel_map.positions(member.coefficients, member.box, x, y).T
    along_x, along_y = (_along_axis(at, pixels, kernel, pixfrac, ratio) for at, pixels in ((u, columns), (v, rows)))
    return (along_x * along_y).T


def _square(member, x, y, rows, columns, pixfrac):
    # The shrunken pixel's four corners, and what part of it lies in each output pixel.
    half = pixfrac / 2
    corners = [(x + half * a, y + half * b) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners = [pixel_map.positions(member.coefficients, member.box, *corner) for corner in corners]
    drops = shapely.polygons(np.stack(corners, axis=1))
    pixels = shapely.box(columns - 0.5, rows - 0.5, columns + 0.5, rows + 0.5)
    share = np.zeros((pixels.size, drops.size))
    drop, pixel = shapely.STRtree(pixels).query(drops)
    share[pixel, drop] = shapely.area(shapely.intersection(drops[drop], pixels[pixel])) / shapely.area(drops[drop])
    return share


def _along_axis(position, pixels, kernel, pixfrac, ratio):
    # All other kernels are products of one function of x and one of y.
    away = position[:, None] - pixels
    width = pixfrac / ratio
    if kernel == "point":
        return np.floor(away + 0.5) == 0
    if kernel == "turbo":
        return np.clip(np.minimum(away + width / 2, 0.5) - np.maximum(away - width / 2, -0.5), 0, None) / width
    if kernel == "gaussian":
        reach = max(2.5 * width / FWHM, 1.2 / ratio)
        first, last = (np.floor(position[:, None] + end + 0.5) for end in (-reach, reach))
        inside = (first <= pixels) & (pixels <= last)
        return inside * np.exp(-0.5 * (away * FWHM / width) ** 2) / (np.sqrt(2 * np.pi) * width / FWHM)
    order = int(kernel[-1])
    # drizzle ignores pixfrac here, and tabulates the function in steps of 0.003 input pixels.
    distance = 0.003 * np.round(np.abs(away) * ratio / 0.003)
    return np.where(distance < order, np.sinc(distance) * np.sinc(distance / order), 0)
