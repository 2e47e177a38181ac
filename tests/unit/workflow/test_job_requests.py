"""job_requests: what a job asks for follows the sizes of its input, read without opening ASDF files."""

import os

import pytest
from wfimosaic.grid.grid import read_grid
from wfimosaic.workflow.job_requests import average_size, image_size, output_shape, request_memory, request_time
from wfimosaic.workflow.rule_costs import COSTS, FLAG_BY_MEDIAN, memory_request, time_request


def test_size_of_an_image_stands_in_its_header(simulated):
    assert image_size(simulated.paths[:2]) == 256**2 / 1e6


def test_largest_file_counts(simulated, tmp_path):
    small = tmp_path / "small.asdf"
    small.write_bytes(b"shape: [10, 20]\n...\n")
    assert image_size([str(small)]) == 200 / 1e6
    assert image_size([str(small), simulated.paths[0]]) == 256**2 / 1e6


def test_images_of_an_exposure_are_looked_for_in_its_folder(simulated):
    assert image_size([os.path.dirname(simulated.paths[0])]) == 256**2 / 1e6


def test_sixteen_bytes_are_a_pixel_where_the_header_has_no_shapes(tmp_path):
    (tmp_path / "unknown.asdf").write_bytes(bytes(1600))
    assert image_size([str(tmp_path / "unknown.asdf")]) == pytest.approx(100 / 1e6)


def test_shape_of_the_output_is_the_grids(matched):
    assert output_shape({"grid": matched.grid, "mosaic": "not looked at"}) == read_grid(matched.grid).shape


def test_shape_of_a_mosaic_follows_its_size(finished_product):
    ny, nx = output_shape({"mosaic": finished_product.mosaic})
    true = read_grid(finished_product.grid).shape
    # Its metadata count as pixels, too.
    assert true[0] * true[1] <= ny * nx < 1.5 * os.path.getsize(finished_product.mosaic) / 24


def test_requests_follow_the_input(matched):
    shape, megapixels = read_grid(matched.grid).shape, 256**2 / 1e6
    input = {"members": matched.paths, "grid": matched.grid}
    assert request_memory("make_median", 2, input) == memory_request(COSTS["make_median"], 2, 0, shape)
    mosaic = shape[0] * shape[1] / 1e6
    expected = time_request(COSTS["make_median"], 2, megapixels * len(matched.paths), mosaic)
    assert request_time("make_median", 2, input, len(matched.paths)) == expected
    one = {"members": matched.paths[:1], "sky": matched.sky}
    assert request_memory("subtract_sky", 1, one) == memory_request(COSTS["subtract_sky"], 1, megapixels, (0, 0))
    member = {"members": matched.paths[0], "outliers": "not looked at", "median": []}
    assert request_memory("flag_outliers", 1, member) == memory_request(COSTS["flag_outliers"], 1, megapixels, (0, 0))
    member = {"members": matched.paths[0], "median": "not looked at", "grid": matched.grid}
    assert request_memory("flag_outliers", 1, member) == memory_request(FLAG_BY_MEDIAN, 1, megapixels, (0, 0))
    assert request_memory("list_runs", 1, {}) == memory_request(COSTS["list_runs"], 1, 0, (0, 0))


def test_realizations_of_noise_need_more(matched):
    input = {"members": matched.paths, "grid": matched.grid}
    plain, more = (request_memory("resample", 2, input, realizations) for realizations in (0, 50))
    assert more > plain == request_memory("resample", 2, input)
    assert request_time("resample", 2, input, 6, 50) > request_time("resample", 2, input, 6)


def test_average_of_images_that_are_there(simulated):
    sizes = [os.path.getsize(path) / 16e6 for path in simulated.paths[:2]]
    assert average_size([*simulated.paths[:2], "missing.asdf"], {}) == pytest.approx(sum(sizes) / 2)
    assert average_size(["missing.asdf"], {"missing.asdf": None}) == 1.0
    assert average_size(["s3://b/a.asdf", "missing.asdf"], {"s3://b/a.asdf": 32_000_000}) == 2.0
