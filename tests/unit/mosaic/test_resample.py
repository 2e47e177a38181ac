"""resample: the mosaic of files, and what its options do to it."""

import logging
import shutil

import asdf
import numpy as np
import pytest
from roman_datamodels import datamodels
from wfimosaic.grid.define_grid import define_grid, define_mosaic_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.mosaic.image_tables import image_tables
from wfimosaic.mosaic.resample import resample
from wfimosaic.mosaic.wcs_information import wcs_information
from wfimosaic.sky.subtract_sky import subtract_sky

ASSOCIATION = {"name": "asn.json", "data_release_id": "p"}
ARRAYS = ("data", "err", "weight", "context", "var_rnoise", "var_poisson")


@pytest.fixture(scope="module")
def grid(matched, tmp_path_factory):
    path = tmp_path_factory.mktemp("grid") / "grid.asdf"
    define_mosaic_grid(matched.grid, path)
    return path


@pytest.fixture
def mosaic(matched, grid, tmp_path):
    """Resample the sky-matched members and give the arrays and the metadata."""

    def run(members=matched.paths, grid=grid, **settings):
        resample(members, grid, tmp_path / "m_i2d.asdf", association=ASSOCIATION, **settings)
        assert [path.name for path in tmp_path.glob("m_i2d*")] == ["m_i2d.asdf"]
        with asdf.open(tmp_path / "m_i2d.asdf", memmap=False) as file:
            roman = file["roman"]
            arrays = {name: np.array(value) for name, value in roman.items() if hasattr(value, "dtype")}
            return arrays, roman["meta"]

    return run


@pytest.fixture(scope="module")
def default(matched, grid, tmp_path_factory):
    path = tmp_path_factory.mktemp("default") / "m_i2d.asdf"
    resample(matched.paths, grid, path, association=ASSOCIATION)
    with asdf.open(path, memmap=False) as file:
        return {name: np.array(file["roman"][name]) for name in ARRAYS}


@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_and_workers_do_not_change_a_bit(mosaic, default, workers, monkeypatch):
    monkeypatch.setattr("wfimosaic.mosaic.resample.BLOCK_SIZE", 150)
    arrays, _ = mosaic(workers=workers)
    for name in ARRAYS:
        assert arrays[name].tobytes() == default[name].tobytes(), name


def test_unchecked_area_is_counted_over_blocks_and_is_everything_without_outlier_detection(
    mosaic, grid, finished_product, monkeypatch
):
    assert mosaic()[1]["wfimosaic"]["unchecked"] == 1
    monkeypatch.setattr("wfimosaic.mosaic.resample.BLOCK_SIZE", 150)
    with asdf.open(finished_product.mosaic) as file:
        expected = file["roman"]["meta"]["wfimosaic"]["unchecked"]
    assert mosaic(finished_product.members)[1]["wfimosaic"]["unchecked"] == pytest.approx(expected)
    assert expected < 1


@pytest.mark.parametrize("workers", [1, 2])
def test_log_has_a_line_when_a_member_is_done(mosaic, matched, workers, monkeypatch, caplog):
    monkeypatch.setattr("wfimosaic.mosaic.resample.BLOCK_SIZE", 150)
    with caplog.at_level(logging.INFO):
        mosaic(workers=workers)
    lines = [line for line in caplog.messages if ": drizzled" in line]
    assert sorted(line.partition(":")[0] for line in lines) == sorted(matched.stems)
    assert lines[-1].endswith(f"{len(matched.stems)} of {len(matched.stems)} members")
    blocks = [line for line in caplog.messages if line.startswith("block")]
    assert caplog.messages.index(lines[0]) < caplog.messages.index(blocks[-1])


def test_sky_that_is_only_noted_gives_the_same_mosaic(mosaic, default, matched, simulated, tmp_path):
    noted = [str(tmp_path / f"{stem}.asdf") for stem in matched.stems]
    for member, stem, path in zip(simulated.paths, matched.stems, noted, strict=True):
        subtract_sky(member, matched.sky, path, stem, subtract=False)
    arrays, _ = mosaic(noted)
    for name in ARRAYS:
        assert arrays[name].tobytes() == default[name].tobytes(), name


def test_mosaic_is_valid_and_its_arrays_fit(mosaic, matched, tmp_path):
    arrays, meta = mosaic()
    shape = read_grid(matched.grid).shape
    assert {array.shape[-2:] for array in arrays.values()} == {shape}
    assert arrays["context"].shape == (1, *shape)
    with datamodels.open(tmp_path / "m_i2d.asdf") as model:
        assert isinstance(model, datamodels.MosaicModel)
        assert model.validate() is None
    assert meta["resample"]["pointings"] == 6
    assert meta["coadd_info"]["max_exposure_time"] == 3 * 139
    np.testing.assert_array_equal(arrays["weight"] > 0, arrays["context"][0] > 0)
    np.testing.assert_array_equal(np.isfinite(arrays["data"]), arrays["weight"] > 0)


def test_members_are_recorded_by_the_names_of_their_files(mosaic, matched, simulated, tmp_path):
    names = ["x1_l2.asdf", "plain.asdf", "r1_cal.asdf"]
    paths = [shutil.copy(path, tmp_path / name) for path, name in zip(simulated.paths, names, strict=False)]
    define_grid(
        [(str(path), name, None) for path, name in zip(paths, ["x1_l2", "plain", "r1"], strict=True)],
        grid := tmp_path / "g.asdf",
    )
    url = "s3://roman/x/r1_cal.asdf"
    _, meta = mosaic(matched.paths[:3], grid, record={"settings": {}, "excluded": (), "urls": {str(paths[2]): url}})
    assert list(meta["resample"]["members"]) == names
    assert list(meta["individual_image_meta"]["basic"]["filename"]) == names
    assert [entry["path"] for entry in meta["wfimosaic"]["inputs"]] == [*map(str, paths[:2]), url]


def test_noise_of_the_mosaic_is_what_its_error_says(default):
    """Where all three exposures lie, neighbouring pixels share noise: the error is that of a whole area."""
    depth = sum((default["context"][0] >> k) & 1 for k in range(6))
    deep = depth >= 3
    # A mean of n images with weights 1/v has the variance 1 / sum of weights.
    assert np.median(default["err"][deep] ** 2 * default["weight"][deep]) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(("fillval", "expected"), [("0.0", 0.0), (-7.5, -7.5)])
def test_fill_value_stands_where_nothing_fell(mosaic, default, fillval, expected):
    arrays, _ = mosaic(fillval=fillval)
    empty = arrays["weight"] == 0
    assert empty.any()
    np.testing.assert_array_equal(arrays["data"][empty], expected)
    np.testing.assert_array_equal(arrays["data"][~empty], default["data"][~empty])


@pytest.mark.parametrize("weight_type", ["exptime", "ivm", "none"])
def test_weight_types_give_other_weights_and_nearly_the_same_sky(mosaic, default, weight_type):
    arrays, meta = mosaic(weight_type=weight_type)
    assert meta["resample"]["weight_type"] == weight_type
    assert not np.allclose(arrays["weight"], default["weight"])
    both = (arrays["weight"] > 0) & (default["weight"] > 0)
    assert np.median(arrays["data"][both]) == pytest.approx(np.median(default["data"][both]), rel=0.01)
    deepest = arrays["weight"].max()
    if weight_type == "none":
        assert deepest == pytest.approx(3, rel=0.15)
    if weight_type == "exptime":
        assert deepest == pytest.approx(3 * 139, rel=0.15)


def test_flat_variance_and_flags_are_added_if_wanted(mosaic, default):
    arrays, _ = mosaic(propagate_dq=True, include_var_flat=True)
    assert arrays["dq"].dtype == np.uint32
    assert arrays["dq"].shape == default["data"].shape
    # These members have no flat variance: it is known nowhere, and the error is not changed.
    assert not np.nan_to_num(arrays["var_flat"]).any()
    np.testing.assert_array_equal(arrays["err"], default["err"])


@pytest.mark.parametrize("kernel", ["turbo", "lanczos3"])
def test_other_kernels_make_the_same_mosaic_but_for_its_noise(mosaic, default, kernel):
    arrays, _ = mosaic(kernel=kernel, pixfrac=1.0 if kernel.startswith("lanczos") else 0.8)
    both = (arrays["weight"] > 0.3 * arrays["weight"].max()) & (default["weight"] > 0)
    assert both.mean() > 0.2
    assert np.median(arrays["data"][both]) == pytest.approx(np.median(default["data"][both]), rel=0.02)


def test_finer_pixels_keep_the_surface_brightness(mosaic, default, matched, tmp_path):
    define_mosaic_grid(matched.grid, tmp_path / "fine.asdf", pixel_scale_ratio=0.5)
    arrays, meta = mosaic(grid=tmp_path / "fine.asdf")
    ny, nx = default["data"].shape
    assert arrays["data"].shape == pytest.approx((2 * ny, 2 * nx), abs=1)
    assert meta["resample"]["pixel_scale_ratio"] == 0.5
    assert np.nanmean(arrays["data"], dtype=float) == pytest.approx(np.nanmean(default["data"], dtype=float), rel=0.01)


def test_wcs_is_described_as_the_schema_wants_it(matched):
    grid = read_grid(matched.grid)
    info = wcs_information(grid, "270p65x48y69")
    assert info["image_shape"] == list(grid.shape[::-1])
    assert info["skycell_name"] == "270p65x48y69"
    assert info["pixel_scale_ref"] * 3600 == pytest.approx(0.11, rel=0.02)
    assert info["pixel_scale"] * 3600 == pytest.approx(0.11, rel=0.02)
    assert info["orientation"] == pytest.approx(info["orientation_ref"], abs=0.1)
    ra, dec = grid.wcs(info["x_ref"], info["y_ref"], with_bounding_box=False)
    assert (info["ra_ref"], info["dec_ref"]) == pytest.approx((ra, dec))
    corners = np.array(info["s_region"].split()[2:], float).reshape(4, 2)
    x, y = grid.wcs.invert(*corners.T, with_bounding_box=False)
    ny, nx = grid.shape
    np.testing.assert_allclose(x, [-0.5, -0.5, nx - 0.5, nx - 0.5], atol=1e-3)
    np.testing.assert_allclose(y, [-0.5, ny - 0.5, ny - 0.5, -0.5], atol=1e-3)
    assert wcs_information(grid, None)["skycell_name"] == "None"


def test_tables_have_a_row_for_each_member_whatever_it_lacks():
    members = [
        {"filename": "x", "telescope": "ROMAN", "exposure": {"type": "WFI_IMAGE", "exposure_time": 1.5, "n": [1, 2]}},
        {"filename": "y", "telescope": "ROMAN", "exposure": {"type": "WFI_IMAGE", "exposure_time": None}},
        {"filename": "z", "telescope": "ROMAN"},
    ]
    tables = image_tables(members, ["a_cal.asdf", "b_cal.asdf", "c_cal.asdf"])
    assert list(tables) == ["basic", "exposure"]
    assert list(tables["basic"]["filename"]) == ["a_cal.asdf", "b_cal.asdf", "c_cal.asdf"]
    np.testing.assert_array_equal(tables["exposure"]["exposure_time"], [1.5, np.nan, np.nan])
    assert list(tables["exposure"]["type"]) == ["WFI_IMAGE", "WFI_IMAGE", "None"]
    assert list(tables["exposure"]["n"]) == ["[1, 2]", "None", "None"]
