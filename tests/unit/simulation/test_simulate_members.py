"""simulation: images whose truth is known, the same on every machine."""

from pathlib import Path

import asdf
import numpy as np
import pytest
from wfimosaic.errors import InputError
from wfimosaic.images.image_file import open_image
from wfimosaic.simulation.focal_plane import PIXEL_SCALE, detector_wcs
from wfimosaic.simulation.scene import Scene, make_scene, render, roman_psf
from wfimosaic.simulation.simulate_members import simulate_image, simulate_members

PSFS = np.load(Path(__file__).parents[2] / "psf" / "roman_psfs.npz")


def one_star(flux=100.0, size=0.0):
    values = (np.array([value]) for value in (40.0001, -10.0002, flux, size, 0.2))
    return Scene(*values)


@pytest.mark.parametrize("size", [0.0, 2.0])
def test_source_has_its_flux_and_place(size):
    wcs = detector_wcs((40, -10, 25), 1, (80, 90), with_inverse=True)
    image = render(one_star(size=size), wcs, (80, 90), roman_psf("F213"))
    # How much of it, the next test says.
    assert image.sum() == pytest.approx(100, rel=2e-3)
    rows, columns = np.indices(image.shape)
    x, y = wcs.invert(40.0001, -10.0002)
    assert (image * columns).sum() / image.sum() == pytest.approx(x, abs=0.01)
    assert (image * rows).sum() / image.sum() == pytest.approx(y, abs=0.01)


def test_light_does_not_depend_on_the_area_of_pixels():
    """As of images that are flat for a flat sky; areas differ by 1 % here."""
    wcs = detector_wcs((40, -10, 25), 1, (200, 200))
    sums, areas = [], []
    for x, y in ((30, 100), (100, 170), (170, 100)):
        scene = Scene(*(np.array([value]) for value in (*wcs(x, y), 100.0, 2.0, 0.0)))
        sums.append(render(scene, wcs, (200, 200), roman_psf("F106")).sum())
        corners = wcs(x + np.array([-0.5, 0.5, 0.5, -0.5]), y + np.array([-0.5, -0.5, 0.5, 0.5]))
        ra, dec = (np.array(corners) - np.array(wcs(x, y))[:, None]) * 3600 / PIXEL_SCALE
        ra *= np.cos(np.radians(10))
        areas.append(abs(np.sum(ra * np.roll(dec, -1) - dec * np.roll(ra, -1))) / 2)
    assert np.ptp(areas) > 0.005
    np.testing.assert_allclose(np.multiply(sums, areas), 100, rtol=2e-4)


@pytest.mark.parametrize("optical_element", PSFS)
def test_star_has_romans_psf(optical_element):
    """By galsim.roman, as near as two Gaussians come: in the middle of a pixel, on its edge, its corner, and around."""
    wcs, real = detector_wcs((40, -10, 25), 1, (81, 81)), PSFS[optical_element].astype(float)
    for up, across in ((0, 0), (0, 4), (4, 4)):
        ra, dec = wcs(40 + across / 8, 40 + up / 8)
        scene = Scene(*(np.array([value]) for value in (ra, dec, 1.0, 0.0, 0.0)))
        image = render(scene, wcs, (81, 81), roman_psf(optical_element))
        assert image[40, 40] == pytest.approx(real[80 - up, 80 - across], rel=0.08)
        if up == across == 0:
            assert image[37:44, 37:44].sum() == pytest.approx(real[56:112:8, 56:112:8].sum(), abs=0.06)


def test_inverse_wcs_is_good_to_a_hundredth_of_a_pixel():
    wcs = detector_wcs((40, -10, 25), 7, (400, 400), with_inverse=True, middle=(0.0, 0.0))
    x, y = np.random.default_rng(0).uniform(0, 399, (2, 100))
    np.testing.assert_allclose(wcs.invert(*wcs(x, y)), [x, y], atol=0.01)


def test_truth_says_what_was_hit_and_what_is_bad():
    scene = make_scene(40, -10, 5, 10, 10)
    clean, _ = simulate_image(scene, (40, -10, 0), shape=(100, 100), cosmic_rays=0, bad_fraction=0)
    model, truth = simulate_image(scene, (40, -10, 0), shape=(100, 100), cosmic_rays=50, bad_fraction=0.01)
    assert 50 < truth.cosmic_rays.sum() < 150
    assert 50 < truth.bad.sum() < 150
    np.testing.assert_array_equal(np.asarray(model["dq"]) > 0, truth.bad)
    changed = ~(np.asarray(model["data"]) == np.asarray(clean["data"]))
    np.testing.assert_array_equal(changed & ~truth.bad, truth.cosmic_rays & ~truth.bad)
    hits = truth.cosmic_rays & ~truth.bad
    difference = np.asarray(model["data"])[hits] - np.asarray(clean["data"])[hits]
    assert (difference > 29 * np.asarray(model["err"])[hits]).all()


def test_noise_is_what_the_error_says():
    scene = make_scene(40, -10, 5, 0, 0)
    model, _ = simulate_image(scene, (40, -10, 0), shape=(200, 200), background=0.5, cosmic_rays=0, bad_fraction=0)
    pull = (np.asarray(model["data"]) - 0.5) / np.asarray(model["err"]).astype(np.float32)
    assert pull.mean() == pytest.approx(0, abs=0.02)
    assert pull.std() == pytest.approx(1, abs=0.02)


def test_members_are_the_same_with_any_number_of_workers(tmp_path):
    names = [f"r0000101001001001001_000{e}_wfi0{d}_f158_cal.asdf" for e in (1, 2) for d in (1, 2)]
    for folder, workers in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        simulate_members([tmp_path / folder / name for name in names], shape=(64, 64), workers=workers)
    for name in names:
        with open_image(tmp_path / "one" / name) as one, open_image(tmp_path / "two" / name) as two:
            assert np.asarray(one["data"]).tobytes() == np.asarray(two["data"]).tobytes()
    with asdf.open(tmp_path / "one" / names[3]) as file:
        meta = file["roman"]["meta"]
        assert meta["observation"]["observation_id"] == "0000101001001001001" + "0002"
        assert meta["instrument"]["detector"] == "WFI02"


def test_name_that_says_nothing_is_refused():
    with pytest.raises(InputError, match="its name does not say which exposure, detector and filter it is"):
        simulate_members(["somewhere/m_cal.asdf"])
