"""Lay the members of a field on planes: one for each filter and each part of the sky that is connected."""

import asdf
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ..errors import InputError
from ..files.plain_asdf import plain_asdf
from . import pixel_map, sphere
from .grid import Grid, GridMember, read_grid, read_headers

# Of one plane: farther from its tangent point scales differ too much [deg].
MAX_DISTANCE = 75
# Between sheets [pixel].
GAP = 1000


def read_sheets(path, also_of_product=False):
    """Read where members lie.

    Parameters
    ----------
    path : str
        What `define_grid` wrote of a product, or `define_field` of a field.
    also_of_product : bool
        Whether a product's members are to lie where those of a field do: its grid rounds their positions otherwise.

    Returns
    -------
    grid : Grid
        The product's; or `sky_sheets`.
    unreadable : dict of str to str or None
        What is wrong with members of a field that could not be read, by stem; None: it is a product.
    """
    with plain_asdf(), asdf.open(path) as file:
        unreadable = file.tree.get("unreadable")
    if unreadable is None:
        return sky_sheets(path, read_headers(path), False) if also_of_product else read_grid(path), None
    return sky_sheets(path, read_headers(path)), dict(unreadable)


def sky_sheets(path, headers, by_filter=True):
    """Lay members on sheets, which lie beside each other on one grid: what does not overlap there never does.

    A field may be larger than any tangent plane, lie at a pole or at RA 0, and have several filters.

    Parameters
    ----------
    path : str
        Of the field's table.
    headers : list of MemberHeader
    by_filter : bool
        Whether members of different filters lie on sheets of their own.

    Returns
    -------
    Grid
        With all members in the order of their names, so that what is computed does not depend on that of associations;
        it has no WCS.
    """
    headers = sorted(headers, key=lambda header: header.stem)
    sheets = _sheets(headers, by_filter)
    scale = float(np.median([header.pixel_scale for header in headers]))
    members, start = [None] * len(headers), 0.0
    for sheet in sheets:
        positions = _on_plane([headers[k] for k in sheet], scale)
        low = min(values[..., 0].min() for values in positions)
        width = max(values[..., 0].max() for values in positions) - low
        for k, values in zip(sheet, positions, strict=True):
            h = headers[k]
            coefficients = pixel_map.trim(pixel_map.fit(values + np.array([start - low, 0.0])))
            members[k] = GridMember(h.path, h.stem, h.group, h.shape, h.box, coefficients, h.fingerprint)
        # Nodes lie a little inside of a member's edges.
        start += np.ceil(width) + GAP
    return Grid(path, (0, 0), 1.0, members)


def _sheets(headers, by_filter):
    # Members, of one filter, whose surroundings touch, directly or by others: lists of indices.
    centers = sphere.unit_vectors(*np.array([sphere.center(*header.corners.T) for header in headers]).T)
    corners = sphere.unit_vectors(*np.stack([header.corners for header in headers], axis=-1).transpose(1, 0, 2))
    radius = np.linalg.norm(corners - centers, axis=-1).max()
    pairs = cKDTree(centers).query_pairs(2 * radius, output_type="ndarray")
    elements = np.array([header.optical_element if by_filter else None for header in headers])
    i, j = pairs[elements[pairs[:, 0]] == elements[pairs[:, 1]]].T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(headers),) * 2)
    labels = connected_components(graph, directed=False)[1]
    order = np.argsort(labels, kind="stable")
    return [part.tolist() for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)]


def _on_plane(headers, scale):
    # Positions of their nodes on a plane that touches the sky in their middle [pixel].
    middle = sphere.unit_vectors(*sphere.center(*np.concatenate([header.corners for header in headers]).T))
    east = np.cross([0.0, 0.0, 1.0] if abs(middle[2]) < 0.9 else [1.0, 0.0, 0.0], middle)
    east /= np.linalg.norm(east)
    axes = np.stack([east, np.cross(middle, east)])
    found = []
    for header in headers:
        vectors = sphere.unit_vectors(header.sky[..., 0], header.sky[..., 1])
        toward = vectors @ middle
        if toward.min() < np.cos(np.radians(MAX_DISTANCE)):
            raise InputError(
                f"{header.path}: lies more than {MAX_DISTANCE} degrees from the middle of the members that it is "
                "connected with: make several fields"
            )
        found.append((vectors @ axes.T) / toward[..., None] / np.radians(scale))
    return found
