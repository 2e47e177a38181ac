"""coverage: exposures and their time in each pixel, from the context."""

import asdf
import numpy as np
import pytest
from wfimosaic.grid.grid import read_grid
from wfimosaic.pictures.coverage import exposures_and_time


def test_detectors_of_an_exposure_count_once():
    # Pixels: nothing; members 0 and 1 of one exposure; member 0 and member 33 in the second plane.
    context = np.array([[[0, 0b11, 0b1]], [[0, 0, 0b10]]], np.uint32)
    seconds = np.zeros(34)
    seconds[[0, 1, 33]] = 100, 20, 3
    seconds[5] = np.nan  # fell nowhere
    count, time = exposures_and_time(context, [[0, 1], [33], *([k] for k in range(2, 33))], seconds)
    np.testing.assert_array_equal(count, [[np.nan, 1, 2]])
    np.testing.assert_array_equal(time, [[np.nan, 120, 103]])


def test_exposure_time_map_agrees_with_the_mosaic(finished_product):
    groups = read_grid(finished_product.grid).groups().values()
    with asdf.open(finished_product.mosaic) as file:
        meta, context = file["roman"]["meta"], np.array(file["roman"]["context"])
        seconds = meta["individual_image_meta"]["exposure"]["effective_exposure_time"]
        count, time = exposures_and_time(context, groups, seconds)
        assert np.nanmax(time) == pytest.approx(meta["coadd_info"]["max_exposure_time"])
        assert np.nanmean(time) == pytest.approx(meta["coadd_info"]["exposure_time"], rel=1e-5)
        single = np.count_nonzero(count == 1) / np.count_nonzero(np.isfinite(count))
        assert 0.1 < single < 0.9
        assert meta["wfimosaic"]["unchecked"] == pytest.approx(single)
