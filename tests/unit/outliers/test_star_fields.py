"""Outlier detection of stars with Roman's own PSF: none loses its core, and no ray stays, at every coverage."""

import numpy as np
import pytest
from scipy import ndimage

from ..star_field import INNER, make_field, outliers_of

FIELDS = [
    {"optical_element": "F106", "exposures": 2},
    {"optical_element": "F106", "exposures": 4},
    {"optical_element": "F062", "exposures": 3, "whole_pixels": True},
    {"optical_element": "F158", "exposures": 3, "roll": 15.0},
    {"optical_element": "F213", "exposures": 6},
]


@pytest.fixture(scope="module", params=FIELDS, ids=lambda field: "-".join(map(str, field.values())))
def found(request, tmp_path_factory):
    field = make_field(tmp_path_factory.mktemp("field"), stars=100, **request.param)
    return field, outliers_of(field)


def inner(arrays):
    return np.array([array[INNER] for array in arrays])


def test_no_star_loses_its_core(found):
    field, outliers = found
    near_rays = ndimage.maximum_filter(field.rays, size=(1, 5, 5))
    cores, lost = 0, 0
    for centres, mask, hit in zip(field.centres, outliers, near_rays, strict=True):
        for x, y in np.rint(centres.T).astype(int):
            if 30 <= x < 210 and 30 <= y < 210 and not hit[y, x]:
                cores, lost = cores + 1, lost + mask[y - 1 : y + 2, x - 1 : x + 2].any()
    assert cores > 60
    assert lost == 0


def test_every_ray_on_empty_sky_is_found(found):
    field, outliers = found
    empty = ndimage.maximum_filter(field.clean, size=(1, 7, 7)) < 2 * field.err
    hits = inner(field.rays & empty)
    assert hits.sum() > 20
    # Where rays of two exposures meet neither can be told from light.
    assert inner(outliers)[hits].mean() >= 0.99


def test_good_pixels_are_kept(found):
    field, outliers = found
    away = ~ndimage.maximum_filter(field.rays, size=(1, 5, 5))
    # Spikes of bright stars that turn with the telescope are not all recognized.
    assert inner(outliers & away).sum() <= (10 if field.turned else 1)
