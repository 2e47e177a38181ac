"""pixel_map: polynomials give every pixel's position, the same bits in every part, and the way back."""

import numpy as np
import pytest
from wfimosaic.grid import pixel_map
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.image_file import open_image

from ..synthetic import plane_member

BOX = (-0.5, 699.5, -0.5, 599.5)


def smooth(x, y):
    """A distortion with terms of the third degree, as large as a detector's."""
    u, v = x / 700 - 0.5, y / 600 - 0.5
    return np.stack([x * 0.9 + y * 0.3 + 8 * u**2 - 3 * u * v**2, y * 0.9 - x * 0.3 + 5 * u * v + 2 * v**3], axis=-1)


@pytest.fixture(scope="module")
def coefficients():
    x, y = np.meshgrid(pixel_map.nodes(*BOX[:2], 8), pixel_map.nodes(*BOX[2:], 8))
    return pixel_map.fit(smooth(x, y))


def test_polynomial_through_the_nodes_is_exact_between_them(coefficients):
    x, y = np.random.default_rng(0).uniform([[-0.5], [-0.5]], [[699.5], [599.5]], (2, 500))
    np.testing.assert_allclose(pixel_map.positions(coefficients, BOX, x, y), smooth(x, y), rtol=0, atol=1e-10)


def test_every_pixel_of_a_part_lies_where_its_polynomial_says(coefficients):
    rows, columns = slice(250, 530), slice(3, 300)
    y, x = np.mgrid[rows, columns].astype(float)
    found = pixel_map.pixel_map(coefficients, BOX, rows, columns)
    np.testing.assert_allclose(found, smooth(x, y), rtol=0, atol=1e-7)


@pytest.mark.parametrize("part", [(0, 600, 0, 1), (255, 257, 255, 257), (100, 600, 511, 700), (599, 600, 699, 700)])
def test_pixel_has_the_same_bits_in_every_part(coefficients, part):
    everything = pixel_map.pixel_map(coefficients, BOX, slice(0, 600), slice(0, 700))
    rows, columns = slice(*part[:2]), slice(*part[2:])
    assert pixel_map.pixel_map(coefficients, BOX, rows, columns).tobytes() == everything[rows, columns].tobytes()


def test_inverse_finds_the_pixel_again(coefficients):
    x, y = np.random.default_rng(1).uniform([[-0.5], [-0.5]], [[699.5], [599.5]], (2, 300))
    back = pixel_map.inverse_positions(coefficients, BOX, *smooth(x, y).T)
    np.testing.assert_allclose(back, np.column_stack([x, y]), rtol=0, atol=1e-6)


def test_inverse_of_a_turned_member_reaches_its_corners():
    member = plane_member((300, 200), (40, 900), scale=2.0, angle=123, bend=0.02)
    x, y = np.array([-0.5, 199.5, 199.5, -0.5]), np.array([-0.5, -0.5, 299.5, 299.5])
    back = pixel_map.inverse_positions(member.coefficients, member.box, *member.outline().T)
    np.testing.assert_allclose(back, np.column_stack([x, y]), rtol=0, atol=1e-6)


def test_members_pixels_lie_where_their_wcs_puts_them(simulated, tmp_path):
    members = list(zip(simulated.paths, simulated.stems, [None] * 6, strict=True))
    define_grid(members, tmp_path / "grid.asdf")
    grid = read_grid(tmp_path / "grid.asdf")
    for member in grid.members:
        with open_image(member.path) as model:
            y, x = np.mgrid[:256:15, :256:15].astype(float)
            expected = grid.wcs.invert(*model.meta.wcs(x, y), with_bounding_box=False)
        found = member.pixel_map(slice(0, 256), slice(0, 256))[::15, ::15]
        np.testing.assert_allclose(found, np.stack(expected, axis=-1), rtol=0, atol=1e-5)
