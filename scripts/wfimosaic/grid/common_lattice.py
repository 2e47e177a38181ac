"""Find where images of one tangent plane lie beside each other, in whole pixels."""

from dataclasses import dataclass

import gwcs
import numpy as np
from astropy.modeling.projections import Pix2Sky_Gnomonic

from ..errors import InputError
from .rectangle import Rectangle
from .tangent_plane import tangent_plane

# How far pixels of two images may be apart that are one [pixel].
MAX_OFFSET = 1e-6


@dataclass(frozen=True)
class CommonLattice:
    """The smallest grid that holds all images: its WCS and shape (ny, nx), and the rectangle of it that each one is."""

    wcs: gwcs.WCS
    shape: tuple
    places: list


def common_lattice(grids):
    """Lay images on the lattice of pixels that they have in common.

    Parameters
    ----------
    grids : list of (str, gwcs.WCS, (int, int))
        Name, WCS and ny, nx of each.

    Returns
    -------
    CommonLattice

    Raises
    ------
    InputError
        If one lies on another tangent plane than the first, or between its pixels.
    """
    first, wcs, _ = grids[0]
    plane = _plane(first, wcs)
    places = []
    for name, wcs, (ny, nx) in grids:
        other = _plane(name, wcs)
        for key in ("crval", "cdelt", "pc"):
            if not np.allclose(other[key], plane[key], rtol=1e-12, atol=1e-12):
                raise InputError(
                    f"{name}: lies on another tangent plane than {first}: only mosaics of one projection region, pixel "
                    "scale and orientation can be put together"
                )
        offset = plane["crpix"] - other["crpix"]
        x, y = (int(n) for n in offset.round())
        away = np.abs(offset - (x, y)).max()
        if away > MAX_OFFSET:
            raise InputError(
                f"{name}: its pixels lie {away:.3g} pixel beside those of {first}: only mosaics on one lattice can be "
                "put together without resampling"
            )
        places.append(Rectangle(slice(y, y + ny), slice(x, x + nx)))
    whole = Rectangle.around(places)
    crpix = plane["crpix"] - (whole.columns.start, whole.rows.start)
    return CommonLattice(
        tangent_plane(plane["crval"], crpix, float(plane["cdelt"][0]), plane["pc"], whole.shape),
        whole.shape,
        [Rectangle(*place.within(whole)) for place in places],
    )


def _plane(name, wcs):
    transform = wcs.forward_transform
    if not isinstance(getattr(transform, "projection", None), Pix2Sky_Gnomonic):
        raise InputError(
            f"{name}: its WCS is no tangent plane: only skycells and other tangent planes can be put together"
        )
    return {key: np.asarray(getattr(transform, key).value, dtype=float) for key in ("crval", "crpix", "cdelt", "pc")}
