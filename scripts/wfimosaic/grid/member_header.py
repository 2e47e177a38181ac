"""Read and check what a grid needs to know of a member: everything but its pixels."""

import gwcs
import numpy as np

from ..errors import InputError
from ..files.fingerprint import fingerprint
from ..images.image_file import UNKNOWN, input_errors, open_image
from . import pixel_map, sphere
from .grid import MemberHeader
from .pixel_scale import pixel_scale

# Accuracy that a pixel map must have between its nodes [pixel].
TOLERANCE = 1e-5
OUTLINE_STEP = 15
NEW_WCS = "assign it a new one"


def read_member_header(path, stem, group=None, count=24):
    """Read and check a member without touching its pixels.

    Parameters
    ----------
    path : str
        A `_cal` file.
    stem : str
        The member's name.
    group : str or None
        The exposure that the association puts it in.
    count : int
        Nodes per axis to begin with.

    Returns
    -------
    MemberHeader

    Raises
    ------
    InputError
    """
    with open_image(path, validate=True, validate_checksums=True) as model:
        shape = tuple(int(n) for n in model.data.shape)
        wcs, box = image_wcs(path, model)
        info = model.meta.get("wcsinfo") or {}
        area = model.meta.photometry.get("pixel_area")

        def to_sky(x, y):
            return sky_positions(path, wcs, x, y)

        x0, x1, y0, y1 = box
        ra, dec = to_sky(np.array([x0, x0, x1, x1]), np.array([y0, y1, y1, y0]))
        mean_area = _mean_area(to_sky, box)
        scale, angle, parity = _scale_and_orientation(to_sky, box, info, np.degrees(np.sqrt(mean_area)))
        return MemberHeader(
            path=str(path),
            stem=stem,
            group=group or _group(model.meta) or stem,
            shape=shape,
            box=box,
            corners=np.column_stack([ra, dec]),
            sky=_sky_at_nodes(path, to_sky, box, scale, count),
            pixel_scale=scale,
            orientation=angle,
            parity=parity,
            mean_area=mean_area,
            nominal_area=float(area) if area and area != UNKNOWN and np.isfinite(area) and area > 0 else None,
            detector=str(model.meta.instrument.detector),
            optical_element=str(model.meta.instrument.optical_element),
            fingerprint=fingerprint(path),
        )


def image_wcs(path, model):
    """Check the WCS of an image and the part in which it is valid.

    Parameters
    ----------
    path : str
        For messages.
    model : ImageModel

    Returns
    -------
    gwcs.WCS, (float, float, float, float)
        The box is x0, x1, y0, y1 [pixel, outer edges].

    Raises
    ------
    InputError
    """
    wcs = model.meta.wcs
    if wcs is None:
        raise InputError(f"{path}: has no WCS (meta.wcs is null): run assign_wcs on it")
    if not isinstance(wcs, gwcs.WCS):
        raise InputError(f"{path}: its WCS is a {type(wcs).__name__} that gwcs does not support: {NEW_WCS}")
    return wcs, _valid_box(path, wcs, tuple(int(n) for n in model.data.shape))


def _valid_box(path, wcs, shape):
    ny, nx = shape
    with input_errors(path, "its WCS's bounding_box cannot be read", NEW_WCS):
        box = wcs.bounding_box
        (x0, x1), (y0, y1) = ((-0.5, nx - 0.5), (-0.5, ny - 0.5)) if box is None else box.bounding_box(order="F")
        x0, x1, y0, y1 = (float(getattr(value, "value", value)) for value in (x0, x1, y0, y1))
    inside = max(x0, -0.5), min(x1, nx - 0.5), max(y0, -0.5), min(y1, ny - 0.5)
    # Written so that NaN is refused, too.
    if not (x1 <= np.inf and y1 <= np.inf and inside[1] - inside[0] >= 4 and inside[3] - inside[2] >= 4):
        raise InputError(
            f"{path}: its WCS is valid only from x {x0:g} to {x1:g} and y {y0:g} to {y1:g}, of {nx} x {ny} pixels: "
            f"{NEW_WCS}"
        )
    return inside


def sky_positions(path, wcs, x, y):
    """Compute RA and Dec of pixels [deg] and check that they are finite: two ndarrays of the shape of `x`."""
    with input_errors(path, "its WCS cannot be evaluated", NEW_WCS):
        ra, dec = (np.asarray(angle, dtype=float) for angle in wcs(x, y, with_bounding_box=False))
    if not (np.isfinite(ra).all() and np.isfinite(dec).all()):
        raise InputError(f"{path}: its WCS gives positions that are not finite: {NEW_WCS}")
    return ra, dec


def _group(meta):
    if meta.get("group_id") is not None:
        return str(meta["group_id"])
    observation = str((meta.get("observation") or {}).get("observation_id") or "?")
    return None if observation == "?" else observation


def _sky_at_nodes(path, to_sky, box, scale, count):
    x0, x1, y0, y1 = box
    x, y = (np.linspace(low + 1, high - 1, 13) for low, high in ((x0, x1), (y0, y1)))
    test = np.meshgrid(x, y)
    true = sphere.unit_vectors(*to_sky(*test))
    while count <= 96:
        grid = np.meshgrid(pixel_map.nodes(x0, x1, count), pixel_map.nodes(y0, y1, count))
        ra, dec = to_sky(*grid)
        vectors = sphere.unit_vectors(ra, dec)
        basis_x, basis_y = (
            pixel_map.polynomial_basis(values, low, high, count) for values, low, high in ((x, x0, x1), (y, y0, y1))
        )
        fits = [pixel_map.fit(vectors[..., [k, k]])[..., 0] for k in range(3)]
        guess = np.stack([basis_y @ fit @ basis_x.T for fit in fits], axis=-1)
        if np.degrees(np.abs(guess - true).max()) / scale < TOLERANCE:
            return np.stack([ra, dec], axis=-1)
        count *= 2
    raise InputError(f"{path}: its WCS is not smooth (a polynomial of degree 95 misses it): {NEW_WCS}")


def _scale_and_orientation(to_sky, box, info, typical_scale):
    # As stcal.alignment does: the scale at the reference position, the orientation from the metadata.
    x, y = _reference_pixel(to_sky, box, info)
    scale = pixel_scale(to_sky, x, y)
    # Far outside of the detector its distortion says nothing about the scale.
    if not 0.9 < scale / typical_scale < 1.1:
        x, y = _middle(box)
        scale = pixel_scale(to_sky, x, y)
    known = {key: info.get(key) for key in ("roll_ref", "v3yangle", "vparity")}
    if all(value not in (None, UNKNOWN) for value in known.values()) and known["vparity"] in (-1, 1):
        parity = int(known["vparity"])
        return scale, float(known["roll_ref"] - parity * known["v3yangle"]), parity
    ra, dec = to_sky(np.array([x, x + 1, x]), np.array([y, y, y + 1]))
    angle = float(sphere.position_angle(ra[0], dec[0], ra[2], dec[2]))
    across = float(sphere.position_angle(ra[0], dec[0], ra[1], dec[1]))
    return scale, angle, 1 if (across - angle) % 360 < 180 else -1


def _middle(box):
    return 0.5 * (box[0] + box[1]), 0.5 * (box[2] + box[3])


def _reference_pixel(to_sky, box, info):
    middle = _middle(box)
    ra, dec = info.get("ra_ref"), info.get("dec_ref")
    if ra in (None, UNKNOWN) or dec in (None, UNKNOWN):
        return middle
    target = sphere.unit_vectors(ra, dec)
    x, y = middle
    for _ in range(30):
        pixel, right, up = sphere.unit_vectors(*to_sky(np.array([x, x + 1, x]), np.array([y, y, y + 1])))
        move, *_ = np.linalg.lstsq(np.column_stack([right - pixel, up - pixel]), target - pixel, rcond=None)
        x, y = x + move[0], y + move[1]
        # A reference position farther than the focal plane is wide is a mistake, not an aperture.
        if np.abs([x - middle[0], y - middle[1]]).max() > 50_000:
            return middle
        if np.abs(move).max() < 1e-4:
            return x, y
    return middle


def _mean_area(to_sky, box):
    # As stcal.resample does: the outline through the centres of the border pixels.
    x0, x1, y0, y1 = box[0] + 0.5, box[1] - 0.5, box[2] + 0.5, box[3] - 0.5
    nx, ny = (max(2, int((high - low) / OUTLINE_STEP)) for low, high in ((x0, x1), (y0, y1)))
    x, y = np.linspace(x0, x1, nx, endpoint=False), np.linspace(y0, y1, ny, endpoint=False)
    outline_x = np.concatenate([x, np.full(ny, x1), x[::-1] + (x1 - x[-1]), np.full(ny, x0)])
    outline_y = np.concatenate([np.full(nx, y0), y, np.full(nx, y1), y[::-1] + (y1 - y[-1])])
    return float(sphere.polygon_area(*to_sky(outline_x, outline_y)) / ((x1 - x0) * (y1 - y0)))
