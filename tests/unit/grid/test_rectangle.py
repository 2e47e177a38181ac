"""rectangle: overlaps, margins and places are those of the pixels themselves."""

import numpy as np
import pytest
from wfimosaic.grid.rectangle import Rectangle

SHAPE = (20, 30)


def pixels(rectangle):
    image = np.zeros(SHAPE, bool)
    image[rectangle.slices] = True
    return image


@pytest.mark.parametrize("seed", range(20))
def test_overlap_and_place_are_those_of_the_pixels(seed):
    rng = np.random.default_rng(seed)
    a, b = (Rectangle(*(slice(*sorted(map(int, rng.choice(n, 2, replace=False)))) for n in SHAPE)) for _ in range(2))
    common, image = a.overlap(b), rng.random(SHAPE)
    both = pixels(a) & pixels(b)
    assert bool(common) == both.any()
    around = Rectangle.around([a, b])
    assert pixels(around)[pixels(a) | pixels(b)].all()
    assert around.shape == tuple(np.ptp(np.argwhere(pixels(a) | pixels(b)), axis=0) + 1)
    if common:
        np.testing.assert_array_equal(pixels(common), both)
        np.testing.assert_array_equal(image[a.slices][common.within(a)], image[common.slices])
        assert common.shape == image[common.slices].shape


def test_margin_ends_at_the_limit():
    whole = Rectangle.whole(SHAPE)
    assert whole.shape == SHAPE
    assert Rectangle(slice(1, 3), slice(10, 12)).grown(2, whole) == Rectangle(slice(0, 5), slice(8, 14))
    assert Rectangle(slice(18, 20), slice(29, 30)).grown(3, whole) == Rectangle(slice(15, 20), slice(26, 30))
    assert not Rectangle(slice(40, 45), slice(3, 4)).grown(3, whole)
