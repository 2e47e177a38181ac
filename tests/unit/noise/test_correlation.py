"""correlation: against the covariance of all pixels by definition, the formula and noise that was drizzled."""

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.noise.correlation import Correlation, measure_correlation
from wfimosaic.noise.sampled_drops import Sampler

from ..brute_force import shares
from ..synthetic import plane_member, whole

SIZE, SHAPE = (16, 18), (34, 36)


def samples_of(members, weights, roots, drop):
    """Samples of whole members, looked at in two bands."""
    samples = []
    for k, (member, weight, root) in enumerate(zip(members, weights, roots, strict=True)):
        sampler = Sampler(member, Rectangle.whole(member.shape), drop, (3, k))
        for part in ((slice(start, stop), slice(0, member.shape[1])) for start, stop in ((0, 7), (7, member.shape[0]))):
            sampler.look_at(part, weight[part], root[:, *part])
        samples.append(sampler.found())
    return samples


@pytest.mark.parametrize("ratio", [1.0, 0.8])
@pytest.mark.parametrize("kernel", ["square", "turbo", "gaussian", "lanczos2", "point"])
def test_sums_are_those_of_the_covariance_of_all_pixels(kernel, ratio):
    """So small members are sampled in every pixel."""
    rng, drop = np.random.default_rng(4), Drop(kernel, 0.7 if kernel in ("square", "turbo") else 1.0, ratio)
    members = [plane_member(SIZE, (17 + x, 16.3), 1 / ratio, angle) for x, angle in ((0.2, 20), (0.7, 75), (-1.4, 181))]
    weights = rng.uniform(0.5, 2, (3, *SIZE)).astype(np.float32) * (rng.random((3, *SIZE)) > 0.1)
    roots = rng.uniform(0.5, 2, (3, 2, *SIZE)).astype(np.float32)
    roots[0, 0, 5, 6], roots[1, 1, 4, 4] = np.nan, np.inf
    known = np.nan_to_num(roots, posinf=0)
    share = [shares(member, SHAPE, kernel, drop.pixfrac, ratio) for member in members]
    total = sum(own @ weight.ravel() for own, weight in zip(share, weights, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.nan_to_num(
            np.hstack(
                [
                    own * (weight * np.sqrt(np.sum(root**2, axis=0))).ravel() / total[:, None]
                    for own, weight, root in zip(share, weights, known, strict=True)
                ]
            )
        )
    covariance = (scaled @ scaled.T).reshape(*SHAPE, *SHAPE)
    samples = samples_of(members, weights, roots, drop)
    weight = total.reshape(SHAPE).astype(np.float32)
    found = measure_correlation(samples, drop, weight, np.full(SHAPE, 2, np.float32), whole(SHAPE).outer)
    tolerance = 0.02 if kernel in ("gaussian", "lanczos2") else 1e-4  # drizzle's tables and borders
    assert found.pixels == pytest.approx(np.count_nonzero(total), rel=tolerance)
    assert found.total == pytest.approx(covariance.sum() / 4, rel=tolerance)
    assert found.scatter == pytest.approx(np.einsum("ijij", covariance) / 4, rel=tolerance)
    for down, right in ((0, 0), (0, 1), (2, -1), (-1, -1), (4, 4)):
        rows, columns = (
            np.arange(max(0, -step), n - max(0, step)) for step, n in ((down, SHAPE[0]), (right, SHAPE[1]))
        )
        y, x = np.meshgrid(rows, columns, indexing="ij")
        expected = covariance[y, x, y + down, x + right].sum() / 4
        assert found.covariance[4 + down, 4 + right] == pytest.approx(expected, rel=tolerance, abs=2e-3 * found.scatter)


def correlation_factor(pixfrac, ratio):
    """Square drops and dithers without number: Fruchter & Hook 2002, equations 9 and 10."""
    r = pixfrac / ratio
    return r / (1 - 1 / (3 * r)) if r >= 1 else 1 / (1 - r / 3)


@pytest.mark.parametrize(("pixfrac", "ratio"), [(1, 1), (1, 0.5), (0.8, 0.5), (0.6, 0.5), (1, 0.727), (1, 2)])
def test_factor_is_that_of_the_formula(pixfrac, ratio):
    # Dithers that fill an output pixel evenly: there the sum of weights is the same everywhere.
    steps, drop = (np.arange(6) + 0.5) / 6, Drop("square", pixfrac, ratio)
    size = (int(70 * ratio),) * 2
    members = [plane_member(size, (40 + x, 40 + y), 1 / ratio) for x in steps for y in steps]
    ones = np.ones(size, np.float32)
    samples = samples_of(members, [ones] * 36, [ones[None]] * 36, drop)
    weight = np.full((80, 80), 36 * ratio**2, np.float32)
    found = measure_correlation(
        samples, drop, weight, np.full((80, 80), 1 / 6 / ratio, np.float32), whole((80, 80)).outer
    )
    expected = correlation_factor(pixfrac, ratio)
    assert found.correlation_factor == pytest.approx(expected, rel=0.01)
    assert np.sqrt(np.sum(found.kernel)) == pytest.approx(expected, rel=0.01)
    # Errors of equal members are romancal's: right for large apertures.
    assert found.aperture_factor == pytest.approx(1, rel=0.01)
    assert found.pixel_scatter == pytest.approx(1 / expected, rel=0.01)


def test_nothing_is_known_of_a_mosaic_without_pixels():
    drop, ones = Drop("square", 1.0, 1.0), np.ones(SIZE, np.float32)
    samples = samples_of([plane_member(SIZE, (17, 16))], [ones], [ones[None]], drop)
    for weight, shape in ((np.zeros(SHAPE, np.float32), SHAPE), (np.ones((3, 3), np.float32), (3, 3))):
        assert not measure_correlation(samples, drop, weight, np.ones(shape, np.float32), whole(shape).outer)
    assert not Correlation() + Correlation()
