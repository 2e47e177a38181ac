"""Outlier detection of stars with Roman's own PSF: none loses its core, and no ray stays, at every coverage."""

import asdf
import numpy as np
import pytest
from scipy import ndimage
from wfimosaic.grid.grid import read_grid
from wfimosaic.grid.member_to_member import member_to_member
from wfimosaic.images.flag_bits import FLAG_BITS
from wfimosaic.outliers.members_on_grid import members_on_grid

from ..star_field import INNER, flagged_members, fluxes_lost, make_field, mosaic_of, outliers_of

FIELDS = [
    {"optical_element": "F106", "exposures": 2},
    {"optical_element": "F106", "exposures": 4},
    {"optical_element": "F062", "exposures": 3, "whole_pixels": True},
    {"optical_element": "F158", "exposures": 3, "roll": 15.0},
    {"optical_element": "F213", "exposures": 6},
    {"optical_element": "F087", "exposures": 2, "diffusion": 0.3},
]
# Of 0.055" pixels.
SKYCELL = {
    "name": "080m30x50y50",
    "pixel_scale": 0.055 / 3600,
    "ra_projection_center": 80.0,
    "dec_projection_center": -30.0,
    "x0_projection": 219.5,
    "y0_projection": 219.5,
    "ra_center": 80.0,
    "dec_center": -30.0,
    "nx": 440,
    "ny": 440,
    "orientat": 0.0,
    "orientat_projection_center": 0.0,
}


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
    assert inner(outliers)[hits].all()


def test_good_pixels_are_kept(found):
    field, outliers = found
    away = ~ndimage.maximum_filter(field.rays, size=(1, 5, 5))
    assert inner(outliers & away).sum() <= 1


def test_good_pixels_are_kept_where_widths_differ(tmp_path):
    field = make_field(tmp_path, "F213", 3, stars=400, rays=0, seed=3, spread=0.05)
    assert inner(outliers_of(field)).sum() <= 1


def test_galaxies_keep_their_cores(tmp_path):
    field = make_field(tmp_path, "F106", 3, stars=60, galaxies=12, rays=0, seed=4)
    assert inner(outliers_of(field)).sum() <= 1


@pytest.mark.parametrize("exposures", [2, 4])
def test_what_is_there_once_is_flagged(exposures, tmp_path):
    field = make_field(tmp_path, "F158", exposures, stars=60, once=30, rays=0, seed=5)
    outliers, (x, y) = outliers_of(field), field.centres[0][:, :30]
    bright = (field.stars[2][:30] > 10) & (np.abs(x - 120) < 90) & (np.abs(y - 120) < 90)
    assert bright.sum() > 5
    assert outliers[0][np.rint(y[bright]).astype(int), np.rint(x[bright]).astype(int)].all()
    # In the other exposures there is nothing to flag.
    assert inner(outliers[1:]).sum() <= 1


@pytest.mark.parametrize("exposures", [2, 4])
def test_a_satellites_trail_is_flagged_in_its_whole_width(exposures, tmp_path):
    field = make_field(tmp_path, "F158", exposures, stars=60, trail=3.0, rays=0, seed=9)
    outliers = inner(outliers_of(field))
    trail = inner(field.rays & (ndimage.maximum_filter(field.clean, size=(1, 7, 7)) < 2 * field.err))
    assert trail[0].sum() > 500
    assert outliers[0][trail[0]].mean() >= 0.999
    assert outliers[1:].sum() <= 1


def test_rays_leave_no_holes_where_two_exposures_look(tmp_path):
    field = make_field(tmp_path, "F106", 2, stars=60, rays=0.005, seed=8)
    assert _outliers_by(field, "pairwise").sum() > 200
    mosaics = []
    for members in (field.paths, [path.replace("skymatch", "pairwise") for path in field.paths]):
        with asdf.open(mosaic_of(field, members)) as file:
            mosaics.append([np.array(file["roman"][name]) for name in ("data", "context")])
    (_, context), (data, _) = mosaics
    both = context[0] == 3
    assert both.sum() > 40000
    assert np.isfinite(data[both]).all()


@pytest.mark.parametrize(
    ("optical_element", "exposures", "skycell"),
    [("F062", 2, None), ("F106", 4, None), ("F184", 3, None), ("F106", 2, SKYCELL)],
    ids=["F062-2", "F106-4", "F184-3", "F106-2-skycell"],
)
def test_stars_keep_their_flux(optical_element, exposures, skycell, tmp_path):
    field = make_field(tmp_path, optical_element, exposures, stars=100, rays=0, seed=6, skycell=skycell)
    lost = fluxes_lost(field, "pairwise")
    lost = lost[np.isfinite(lost)]
    assert len(lost) > 15
    assert abs(np.median(lost) - 1) < 0.001
    assert np.std(lost) < 0.001


def _outliers_by(field, method):
    masks = []
    for path in flagged_members(field, method):
        with asdf.open(path) as file:
            masks.append((np.array(file["roman"]["dq"]) & FLAG_BITS["OUTLIER"]) > 0)
    return inner(masks)


@pytest.mark.parametrize(("optical_element", "roll"), [("F158", 2.0), ("F184", 15.0)])
def test_rays_beside_brighter_stars_are_found_as_often_as_with_the_median(optical_element, roll, tmp_path):
    field = make_field(tmp_path, optical_element, 3, stars=300, rays=0.01, seed=7, roll=roll)
    disc = np.hypot(*np.mgrid[-3:4, -3:4])[None] <= 3
    hits = inner(field.rays & (ndimage.maximum_filter(field.clean, footprint=disc) > 200 * field.err))
    assert hits.sum() > 100
    assert _outliers_by(field, "pairwise")[hits].sum() >= _outliers_by(field, "romancal")[hits].sum()


def test_rays_in_two_of_three_exposures_at_one_place_are_both_found(tmp_path):
    field = make_field(tmp_path, "F106", 3, stars=20, rays=0, seed=2)
    _, members = members_on_grid(field.grid, field.paths)
    first, second = read_grid(field.grid).members[:2]
    # On a lattice of places in the middle 3 x 3 pixels of one and 7 x 7 brighter ones of another.
    x, y = np.stack(np.meshgrid(*[np.arange(60, 181, 20)] * 2)).reshape(2, -1)
    u, v = np.rint(member_to_member(first, second).positions(x, y)).astype(int)
    for path, places, half, times in ((members[0], (x, y), 1, 30), (members[1], (u, v), 3, 200)):
        with asdf.open(path, mode="rw") as file:
            for column, row in zip(*places, strict=True):
                box = slice(row - half, row + half + 1), slice(column - half, column + half + 1)
                file["roman"]["data"][box] += times * np.median(field.err)
            file.update()
    outliers = outliers_of(field)
    empty = (field.clean < 2 * field.err)[0][y, x]
    assert empty.sum() > 20
    assert outliers[0][y, x][empty].all()
    assert outliers[1][v, u][empty].all()
