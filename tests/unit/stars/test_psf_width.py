"""wider_than: by how much the PSF of one exposure is wider than that of another."""

import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.grid.member_to_member import same_pixels
from wfimosaic.images.image_file import save_image
from wfimosaic.stars.psf_difference import LIKELY, MOST_LIKELY, OTHER_DETECTOR, times_as_much
from wfimosaic.stars.psf_width import MIN_STARS, REACH, psfs_differ, wider_than

from ..star_field import PSFS, add_star
from ..synthetic import write_image

GOOD_BITS = "~DO_NOT_USE+NON_SCIENCE"
NOISE = 0.1
SHAPE = (360, 360)


def exposure(path, width, stars=80, seed=1, optical_element="F158", sky=0.0, rays=0):
    """Write a field of stars on a lattice, each exposure with its own pixel phases, noise, rays and bad pixels."""
    rng = np.random.default_rng(seed)
    data = NOISE * rng.standard_normal(SHAPE)
    places = np.stack(np.meshgrid(*[np.arange(20, 350, 30)] * 2)).reshape(2, -1).T[:stars]
    phases = np.random.default_rng(0).uniform(-5, 5, places.shape) + rng.uniform(-0.4, 0.4, 2)
    for (x, y), flux in zip(places + phases, 10 ** np.random.default_rng(0).uniform(2, 4, stars), strict=False):
        add_star(data, x, y, flux, PSFS[optical_element].astype(float), width)
    data[rng.random(SHAPE) < 0.001] += 500
    data.ravel()[rng.choice(data.size, rays, replace=False)] += 5000
    dq = (rng.random(SHAPE) < 0.002).astype(np.uint32)
    data[dq > 0] = -1e5
    err = np.full(SHAPE, NOISE)
    return write_image(path, (data + sky).astype(np.float32), 0.0, False, dq=dq, err=err, var_rnoise=err**2)


@pytest.mark.parametrize("optical_element", ["F087", "F129", "F184", "F213"])
@pytest.mark.parametrize("difference", [0.0, 0.06])
def test_how_much_wider_one_is_is_measured(tmp_path, optical_element, difference):
    first = exposure(tmp_path / "0.asdf", 1 - difference / 2, optical_element=optical_element)
    other = exposure(tmp_path / "1.asdf", 1 + difference / 2, seed=2, optical_element=optical_element, sky=3.0)
    found = [wider_than(*pair, GOOD_BITS, same_pixels(SHAPE)) for pair in ((first, other), (other, first))]
    assert found == pytest.approx([-difference, difference], abs=0.025)


def test_rays_do_not_count(tmp_path):
    # More of them than there are stars, and brighter.
    paths = [exposure(tmp_path / f"{seed}.asdf", 1, stars=40, seed=seed, rays=200) for seed in (1, 2)]
    assert abs(wider_than(*paths, GOOD_BITS, same_pixels(SHAPE))) < 0.025


def test_images_of_no_more_rows_than_a_star_needs(tmp_path):
    one = np.ones((2 * REACH, 50), np.float32)
    paths = [write_image(tmp_path / f"{k}.asdf", one, 0.0, False, err=one, var_rnoise=one) for k in range(2)]
    assert np.isnan(wider_than(*paths, GOOD_BITS, same_pixels((2 * REACH, 50))))


def test_with_few_stars_it_is_not_known(tmp_path):
    paths = [exposure(tmp_path / f"{seed}.asdf", 1, stars=MIN_STARS // 2, seed=seed) for seed in (1, 2)]
    assert np.isnan(wider_than(*paths, GOOD_BITS, same_pixels(SHAPE)))


class Nearly:
    """A route as another grid has it, on which it was fitted with other rounding."""

    def positions(self, x, y):
        return x + 1e-8, y - 1e-8


def test_products_that_overlap_find_the_same(tmp_path):
    paths = [exposure(tmp_path / f"{seed}.asdf", 0.9 + 0.05 * seed, seed=seed) for seed in (1, 2)]
    assert wider_than(*paths, GOOD_BITS, Nearly()) == wider_than(*paths, GOOD_BITS, same_pixels(SHAPE))


@pytest.mark.parametrize(("detector", "times"), [("WFI01", 1.0), ("WFI02", OTHER_DETECTOR)])
def test_psfs_of_other_detectors_differ_by_more(tmp_path, detector, times):
    paths = [exposure(tmp_path / f"{seed}.asdf", 1, seed=seed) for seed in (1, 2)]
    with datamodels.open(paths[1]) as model:
        model.meta["instrument"]["detector"] = detector
        save_image(model, tmp_path / "other.asdf")
    found = psfs_differ(paths[0], str(tmp_path / "other.asdf"), GOOD_BITS, same_pixels(SHAPE))
    # What another detector's width is tells nothing.
    wider = wider_than(*paths, GOOD_BITS, same_pixels(SHAPE)) if detector == "WFI01" else 0
    assert found == (times, wider)


def test_widths_that_are_not_known_do_not_differ(tmp_path):
    paths = [exposure(tmp_path / f"{seed}.asdf", 1, stars=MIN_STARS // 2, seed=seed) for seed in (1, 2)]
    assert psfs_differ(*paths, GOOD_BITS, same_pixels(SHAPE)) == (1, 0)


@pytest.mark.parametrize(("optical_element", "likely"), [("F213", LIKELY["F213"]), ("F106", MOST_LIKELY)])
def test_psfs_whose_widths_differ_more_than_usual_may_differ_in_proportion(optical_element, likely):
    assert times_as_much(np.nan, optical_element) == 1
    assert times_as_much(0.5 * likely, optical_element) == 1
    assert [times_as_much(sign * 2 * likely, optical_element) for sign in (1, -1)] == pytest.approx([2, 2])
    assert times_as_much(9 * likely, optical_element) == OTHER_DETECTOR
