"""compare_exposures: strips and batches are a matter of speed."""

import numpy as np
import pytest
from wfimosaic.comparison import compare_exposures
from wfimosaic.files import strips
from wfimosaic.outliers.outlier_list import read_outliers


@pytest.mark.parametrize("batch", [1, 100])
def test_outliers_do_not_depend_on_how_many_are_asked_about_at_once(
    matched, finished_product, tmp_path, monkeypatch, batch
):
    monkeypatch.setattr(strips, "PIXELS", 256 * 20)
    monkeypatch.setattr(compare_exposures, "BATCH", batch)
    output = str(tmp_path / "outliers.asdf")
    compare_exposures.compare_exposures(matched.paths, matched.grid, finished_product.median, output)
    expected, found = (read_outliers(path).pixels for path in (finished_product.outliers, output))
    assert found.keys() == expected.keys() == set(matched.stems)
    for stem, pixels in expected.items():
        assert len(pixels) > 10
        np.testing.assert_array_equal(found[stem], pixels)
