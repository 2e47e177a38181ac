"""mosaic_block: data, weight, context, exposure time and variances against the definition, pixel by pixel."""

from types import SimpleNamespace

import numpy as np
import pytest
from wfimosaic.drizzling.drop import Drop
from wfimosaic.grid.blocks import cut_into_blocks
from wfimosaic.grid.rectangle import Rectangle
from wfimosaic.images import sky_noise
from wfimosaic.mosaic.mosaic_block import Recipe, mosaic_block, total_error

from ..brute_force import shares
from ..synthetic import plane_member, whole, write_image

SIZE = (13, 15)
ONLY_BAD = "~DO_NOT_USE+NON_SCIENCE"
LEVEL, TIME, EFFECTIVE_TIME = (0.0, 0.25, 0.5), (100.0, 300.0, -999999), (90.0, 280.0, 70.0)


# Blocks of 5 rows and columns around the middle: 3 by 3.
BLOCK = 5
NUMBERS = np.ix_((np.arange(13) + 1) // 5, np.arange(15) // 5)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(sky_noise, "BLOCK", BLOCK)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Three files: all kinds of bad pixels, and the sky of the second is still in its data."""
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(8)
    made = []
    for k in range(3):
        arrays = {
            name: rng.uniform(0.5, 2, SIZE).astype(np.float16) for name in ("var_rnoise", "var_poisson", "var_flat")
        }
        arrays["dq"] = np.zeros(SIZE, np.uint32)
        arrays["dq"][4, 5 + k], arrays["dq"][1, 2], arrays["dq"][2, 9] = 1, 2**k, 512
        data = (5 + rng.normal(size=SIZE)).astype(np.float32)
        data[9, 4 + k] = np.nan
        arrays["var_rnoise"][10, 10] = 0
        arrays["var_poisson"][5, 12] = np.nan
        blocks = rng.uniform(0.5, 2, (3, 3)).astype(np.float32)
        path = write_image(
            folder / f"{k}.asdf",
            data,
            level=LEVEL[k],
            subtracted=k != 1,
            exposure_time=TIME[k],
            effective_time=EFFECTIVE_TIME[k],
            sky_noise=blocks,
            **arrays,
        )
        made.append(SimpleNamespace(path=path, data=data, number=k, sky_noise=blocks[NUMBERS], **arrays))
    return made


def members_on_grid(ratio):
    places = [((11.3, 12.1), 20), ((13.2, 11.4), 75), ((12.4, 12.9), 181)]
    members = [plane_member(SIZE, np.array(center) / ratio, 1 / ratio, angle) for center, angle in places]
    return members, (round(25 / ratio), round(26 / ratio))


def good(image):
    return (image.dq & 513 == 0) & np.isfinite(image.data)


def weights(image, weight_type):
    """What each pixel weighs, by contract."""
    with np.errstate(divide="ignore"):
        inverse = 1 / (image.sky_noise if weight_type == "ivm-sky" else image.var_rnoise).astype(float)
    seconds = {"exptime": max(TIME[image.number], 1.0)}.get(weight_type, 1.0)
    weight = inverse if weight_type.startswith("ivm") else np.full(SIZE, seconds)
    return np.where(good(image) & np.isfinite(weight), weight, 0)


@np.errstate(divide="ignore", invalid="ignore")
def brute_force(images, members, shape, weight_type, pixfrac, ratio):
    """The mosaic's arrays by their definition."""
    weighted, weight, time, context = (np.zeros(shape).ravel() for _ in range(4))
    sums = {name: [0.0, 0.0] for name in ("var_rnoise", "var_poisson", "var_flat")}
    for k, (image, member) in enumerate(zip(images, members, strict=True)):
        share, own = shares(member, shape, "square", pixfrac, ratio), weights(image, weight_type).ravel()
        weight += share @ own
        weighted += share @ (own * np.nan_to_num(image.data - (0.25 if k == 1 else 0)).ravel())
        context += 2**k * (share @ own > 0)
        usable = (image.dq & 513 == 0).ravel()
        time += EFFECTIVE_TIME[k] * (shares(member, shape, "square", 1.0, ratio) @ usable > 0)
        drizzled = {name: drizzled_variance(share, own, getattr(image, name)) for name in sums}
        image_weight = {"ivm": 1 / drizzled["var_rnoise"], "ivm-sky": share @ own}.get(weight_type, own.max())
        for name, total in sums.items():
            valid = np.isfinite(drizzled[name]) & np.isfinite(image_weight)
            total[0] += np.where(valid, image_weight**2 * drizzled[name], 0)
            total[1] += np.where(valid, image_weight, 0)
    variances = {name: square / total**2 / ratio**2 for name, (square, total) in sums.items()}
    arrays = {"data": weighted / weight, "weight": weight, "exposure_time": time, **variances}
    # A small drop may be alone on a pixel, and without read noise have no variance at all.
    unknown = np.isnan(list(variances.values())).all(axis=0)
    arrays["err"] = np.where(unknown, np.nan, np.sqrt(np.nansum(list(variances.values()), axis=0)))
    return {name: array.reshape(shape) for name, array in arrays.items()}, context.astype(int).reshape(shape)


@np.errstate(divide="ignore", invalid="ignore")
def drizzled_variance(share, weight, variance):
    """The root of a variance is drizzled like data."""
    variance = variance.astype(float).ravel()
    weight = np.where(np.isfinite(variance), weight, 0)
    return ((share @ (weight * np.sqrt(np.nan_to_num(variance)))) / (share @ weight)) ** 2


def blocks_of(images, members, blocks, shape, recipe):
    arrays = {}
    numbered = [(k, member, image.path) for k, (member, image) in enumerate(zip(members, images, strict=True))]
    for block in blocks:
        found = mosaic_block(numbered, block, recipe)
        del found["correlation"]
        for name, array in (found | {"context": found["context"][0]}).items():
            full = np.zeros((*array.shape[:-2], *shape), array.dtype)
            arrays.setdefault(name, full)[..., block.rows, block.columns] = array
    return arrays


def recipe(weight_type="ivm", pixfrac=1.0, ratio=1.0, propagate_dq=False):
    variances = ("var_rnoise", "var_poisson", "var_flat")
    return Recipe(Drop("square", pixfrac, ratio), weight_type, ONLY_BAD, variances, propagate_dq)


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("pixfrac", [1.0, 0.7, 0.1])
@pytest.mark.parametrize("weight_type", ["ivm", "exptime", "ivm-sky", "none"])
def test_block_follows_the_definitions(images, weight_type, pixfrac, ratio):
    members, shape = members_on_grid(ratio)
    expected, context = brute_force(images, members, shape, weight_type, pixfrac, ratio)
    found = blocks_of(images, members, [whole(shape)], shape, recipe(weight_type, pixfrac, ratio))
    np.testing.assert_array_equal(found["context"], context)
    assert set(np.unique(context)) >= {0, 1, 2, 4, 7}
    # A corner of a millionth of a pixel is beyond float32's sums.
    seen = (expected["weight"] > 1e-3) | (expected["weight"] == 0)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name][seen], array[seen], rtol=2e-5, err_msg=name)
        assert found[name].dtype == np.float32
    assert found["exposure_time"].max() == sum(EFFECTIVE_TIME)


@pytest.mark.parametrize("weight_type", ["ivm", "ivm-sky"])
@pytest.mark.parametrize(("pixfrac", "ratio"), [(1.0, 1.0), (0.5, 1.0), (1.0, 0.5), (0.5, 0.5)])
def test_blocks_give_the_same_bits_as_the_whole(images, weight_type, pixfrac, ratio):
    members, shape = members_on_grid(ratio)
    made = recipe(weight_type, pixfrac, ratio, propagate_dq=True)
    at_once = blocks_of(images, members, [whole(shape)], shape, made)
    in_blocks = blocks_of(images, members, cut_into_blocks(Rectangle.whole(shape), 9, made.drop.margin), shape, made)
    for name, array in at_once.items():
        assert in_blocks[name].tobytes() == array.tobytes(), name


def test_flags_are_propagated_only_if_wanted(images):
    members, shape = members_on_grid(1.0)
    assert "dq" not in blocks_of(images, members, [whole(shape)], shape, recipe())
    dq = blocks_of(images, members, [whole(shape)], shape, recipe(propagate_dq=True))["dq"]
    # Flags of the second and third member; the first one's is DO_NOT_USE, which takes its pixel out.
    assert set(np.unique(dq)) == {0, 2, 4}


def test_34_members_fill_two_context_planes(tmp_path):
    shape, drop = (6, 40), Drop("square", 1.0, 1.0)
    path = write_image(tmp_path / "one.asdf", np.ones((3, 3)), var_rnoise=np.ones((3, 3)), var_poisson=np.ones((3, 3)))
    members = [(k, plane_member((3, 3), (2.5 + k, 3)), path) for k in range(34)]
    found = mosaic_block(members, whole(shape), Recipe(drop, "ivm", ONLY_BAD, ("var_rnoise", "var_poisson"), False))
    context = found["context"]
    assert sorted(context) == [0, 1]
    assert context[0].dtype == np.uint32
    # A member of three pixels, half a pixel off, covers four columns.
    for column in range(40):
        expected = sum(2**k for k in range(34) if k + 1 <= column <= k + 4)
        assert int(context[0][3, column]) + (int(context[1][3, column]) << 32) == expected
    covered = context[0][3] + context[1][3] > 0
    np.testing.assert_allclose(found["data"][3, covered], 1)
    assert found["exposure_time"][3, 33] == 4 * 90
    # Variances of equal members: v / n where n of them lie.
    assert found["var_rnoise"][3, 20] == pytest.approx(1 / 4)
    assert found["err"][3, 20] == pytest.approx(np.sqrt(2 / 4))


def test_member_without_a_variance_does_not_dilute_it(tmp_path):
    ones = np.ones((6, 6))
    with_flat = write_image(tmp_path / "a.asdf", ones, var_rnoise=ones, var_poisson=ones, var_flat=4 * ones)
    without = write_image(tmp_path / "b.asdf", ones, var_rnoise=ones, var_poisson=ones)
    members = [(k, plane_member((6, 6), (6, 6), angle=10), path) for k, path in enumerate((with_flat, without))]
    found = mosaic_block(members, whole((12, 12)), recipe())
    assert found["var_flat"][6, 6] == pytest.approx(4)
    assert found["var_rnoise"][6, 6] == pytest.approx(1 / 2)


def test_error_counts_missing_variances_as_nothing_unless_all_are():
    error = total_error([np.float32([9, np.nan, np.nan]), np.float32([16, 4, np.nan])])
    np.testing.assert_array_equal(error, np.float32([5, 2, np.nan]))
