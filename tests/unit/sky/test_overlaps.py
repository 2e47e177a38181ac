"""overlaps: who overlaps whom, and which pixels lie in an overlap."""

import numpy as np
import pytest
import shapely
from wfimosaic.grid import pixel_map
from wfimosaic.grid.grid import Grid
from wfimosaic.grid.member_to_member import member_to_member
from wfimosaic.sky.overlaps import overlap_shares, overlapping_pairs, pixel_pairs, pixels_inside, split_overlap

from ..synthetic import plane_member


def grid_of(*members):
    return Grid("", (1000, 1000), 1.0, list(members))


def area(polygon):
    return shapely.Polygon(polygon).area


def test_pairs_are_those_that_share_area():
    left, right = plane_member((100, 100), (100, 100)), plane_member((100, 100), (190, 100))
    touching, far = plane_member((100, 100), (290, 100)), plane_member((100, 100), (600, 600), angle=30)
    pairs = overlapping_pairs(grid_of(left, right, touching, far))
    assert list(pairs) == [(0, 1)]
    assert area(pairs[0, 1]) == pytest.approx(10 * 100)


def test_same_footprint_twice_overlaps_wholly():
    members = [plane_member((80, 60), (100, 100), angle=33, bend=0.01) for _ in range(3)]
    pairs = overlapping_pairs(grid_of(*members))
    assert sorted(pairs) == [(0, 1), (0, 2), (1, 2)]
    outline = area(members[0].outline())
    assert all(area(polygon) == pytest.approx(outline) for polygon in pairs.values())


def test_footprint_turned_by_45_degrees_cuts_an_octagon():
    pairs = overlapping_pairs(grid_of(*[plane_member((100, 100), (200, 200), angle=angle) for angle in (0, 45)]))
    assert area(pairs[0, 1]) == pytest.approx(2 * (np.sqrt(2) - 1) * 100**2)


def test_stepsize_follows_bent_edges():
    bent = plane_member((100, 100), (200, 200), bend=0.2)
    around = plane_member((400, 400), (200, 200))
    x, y = np.meshgrid(np.arange(-0.5, 99.5, 0.5), np.arange(-0.5, 99.5, 0.5))
    dx, dy = (
        pixel_map.positions(bent.coefficients, bent.box, x.ravel() + a, y.ravel() + b)
        - pixel_map.positions(bent.coefficients, bent.box, x.ravel(), y.ravel())
        for a, b in ((0.5, 0), (0, 0.5))
    )
    true = np.abs(dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]).sum()
    errors = [abs(area(overlapping_pairs(grid_of(bent, around), step)[0, 1]) / true - 1) for step in (None, 50, 10)]
    assert errors[0] > 0.005 > 0.001 > errors[2]


@pytest.mark.parametrize(("shape", "count"), [((200, 200), 16), ((200, 50), 4), ((50, 200), 4), ((20, 30), 1)])
def test_pieces_make_up_the_overlap(shape, count):
    polygon = plane_member(shape, (300, 300), angle=25).outline()
    pieces = split_overlap(polygon)
    assert len(pieces) == count
    assert sum(map(area, pieces)) == pytest.approx(area(polygon))
    assert max(map(area, pieces)) == pytest.approx(min(map(area, pieces)))


def test_slivers_of_pieces_are_dropped():
    # A triangle with two rectangular sides.
    pieces = split_overlap(np.array([(0, 0), (400, 0), (0, 400)]))
    assert all(area(piece) > 2000 for piece in pieces)
    assert sum(map(area, pieces)) > 0.9 * 400**2 / 2


def shares_of(grid, noise):
    pairs = overlapping_pairs(grid)
    return dict(zip(pairs, overlap_shares(grid, [(*pair, pairs[pair]) for pair in pairs], noise), strict=True))


def test_shares_are_what_members_on_one_place_leave_each_other():
    members = [plane_member((80, 60), (100, 100), angle=20) for _ in range(4)]
    alone = plane_member((80, 60), (500, 100)), plane_member((80, 60), (540, 100))
    grid = grid_of(*members, *alone)
    shares = shares_of(grid, np.ones(6))
    assert [shares[pair] for pair in ((0, 1), (2, 3), (4, 5))] == pytest.approx([2 / 4, 2 / 4, 1])
    # A noise of 1/2 is worth four of 1; one that is not known is worth nothing.
    shares = shares_of(grid, np.array([0.5, 1, 1, np.nan, 1, 1]))
    assert [shares[pair] for pair in ((0, 1), (1, 2))] == pytest.approx([5 / 6, 2 / 6])
    assert overlap_shares(grid, [], np.ones(6)) == []


def test_shares_are_means_over_the_overlap():
    # Of an overlap of 80 columns a third member sees 40.
    members = [plane_member((80, 100), (x, 100)) for x in (100, 120, 160)]
    grid = grid_of(*members)
    assert shares_of(grid, np.ones(3))[0, 1] == pytest.approx((1 + 2 / 3) / 2, abs=0.03)


@pytest.mark.parametrize("corners", [4, 5, 12])
def test_pixels_inside_are_those_whose_centres_are(corners):
    rng = np.random.default_rng(corners)
    member = plane_member((120, 90), (300, 300), scale=1.3, angle=70)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(10, 55, corners)
    polygon = np.column_stack([300 + radius * np.cos(angle), 300 + radius * np.sin(angle)])
    inside = np.zeros(member.shape, bool)
    for row, columns in pixels_inside(member, polygon):
        assert not inside[row, columns].any()
        inside[row, columns] = True
    places = member.pixel_map(slice(0, 120), slice(0, 90))
    expected = shapely.contains_xy(shapely.Polygon(polygon), places[..., 0], places[..., 1])
    assert expected.any()
    np.testing.assert_array_equal(inside, expected)


def test_whole_member_is_inside_its_own_outline():
    member = plane_member((120, 90), (300, 300), angle=200, bend=0.01)
    spans = pixels_inside(member, member.outline(1))
    assert spans == [(row, slice(0, 90)) for row in range(120)]


def test_large_areas_are_sampled_by_evenly_spaced_rows():
    member = plane_member((400, 300), (500, 500), angle=15)
    spans = pixels_inside(member, member.outline(), max_pixels=10_000)
    rows = [row for row, _ in spans]
    (step,) = set(np.diff(rows))
    assert rows[0] == 0
    assert rows[-1] >= 400 - step
    assert 9_000 < sum(columns.stop - columns.start for _, columns in spans) <= 10_000


def partners(source, target, polygon):
    """The pixels x, y of the source and of the target that make pairs: set of four numbers."""
    found = pixel_pairs(member_to_member(source, target), pixels_inside(source, polygon))
    return {tuple(pair) for one, other in found for pair in np.concatenate([one, other]).T.astype(int).tolist()}


@pytest.mark.parametrize(("angle", "part"), [(0, 0.99), (30, 0.75), (180, 0.99)])
def test_pixels_make_pairs_with_the_one_nearest_to_each(angle, part):
    # A shift by half a pixel leaves two that are as near.
    one, other = plane_member((120, 120), (300, 300)), plane_member((200, 200), (300.5, 300.5), angle=angle)
    polygon = np.array([(260, 260), (340, 260), (340, 340), (260, 340)])
    found = partners(one, other, polygon)
    assert len(found) > part * 79**2
    for columns in ((0, 1), (2, 3)):
        assert len({tuple(pair[k] for k in columns) for pair in found}) == len(found)
    # From the other member the same ones are found, but for those at the rim and those as near to two.
    if angle == 30:
        back = {(*pair[2:], *pair[:2]) for pair in partners(other, one, polygon)}
        assert len(found ^ back) < 0.05 * len(found)


def test_shares_of_medians_of_differences_are_larger():
    grid = grid_of(*[plane_member((80, 60), (100, 100)) for _ in range(4)])
    pairs = [(*pair, polygon) for pair, polygon in overlapping_pairs(grid).items()]
    assert overlap_shares(grid, pairs, np.ones(4), 2 / 3) == pytest.approx([3 / 5] * 6)
