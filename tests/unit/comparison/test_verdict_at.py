"""verdict_at: every pixel is explained as it was decided."""

import numpy as np
import pytest
from wfimosaic.comparison.compare_exposures import compare_exposures, make_comparison, open_others
from wfimosaic.comparison.neighbours import with_neighbours
from wfimosaic.comparison.verdict_at import verdict_at
from wfimosaic.grid.define_grid import define_grid
from wfimosaic.grid.grid import read_grid
from wfimosaic.images.flags import good_pixels
from wfimosaic.images.stored_image import stored_image
from wfimosaic.outliers.make_median import make_median
from wfimosaic.outliers.median_image import open_median
from wfimosaic.outliers.outlier_list import read_outliers

SHAPE = (44, 44)
DEFAULTS = {"snr": (5.0, 4.0), "backg": 0.0, "grow": 1, "good_bits": "~DO_NOT_USE", "resample_data": True}


@pytest.mark.parametrize(
    ("exposures", "changes"),
    [
        (3, {}),
        (3, {"snr": (2.5, 1.0), "grow": 2, "backg": 0.01}),
        (2, {"snr": (2.0, 3.0), "grow": 0}),
        (3, {"snr": (3.0, 2.0), "resample_data": False}),
    ],
    ids=str,
)
def test_every_pixel_is_explained_as_it_was_decided(small, tmp_path, exposures, changes):
    paths, stems, grid = small
    settings, paths = DEFAULTS | changes, paths[:exposures]
    median, output = str(tmp_path / "median.asdf"), str(tmp_path / "outliers.asdf")
    if exposures < len(stems):
        members = [(member.path, member.stem, None) for member in read_grid(grid).members[:exposures]]
        grid = str(tmp_path / "grid.asdf")
        define_grid(members, grid)
    make_median(paths, grid, median, method="pairwise", resample_data=settings["resample_data"])
    compare_exposures(paths, grid, median, output, **settings)
    grid, image = read_grid(grid), stored_image(paths[1])
    comparison = make_comparison(grid, median, **settings)
    member, path, near = with_neighbours(grid.members, paths, settings["resample_data"])[1]
    others = list(open_others(comparison, member, path, near))
    with open_median(median) as reference:
        verdicts = [verdict_at(comparison, member, image, others, reference.data, pixel) for pixel in np.ndindex(SHAPE)]
    outliers = set(read_outliers(output).pixels[stems[1]].tolist())
    assert len(outliers) > 5
    good = good_pixels(image.read("data"), image.read("dq"), settings["good_bits"]).ravel()
    assert [verdict is not None for verdict in verdicts] == good.tolist()
    for place, verdict in enumerate(verdicts):
        if verdict is None or verdict.others == 0:
            assert place not in outliers
            continue
        assert (verdict.deviation > verdict.allowed) == (place in outliers)
        if place in outliers:
            assert 5 * verdict.brighter >= verdict.others or 3 * verdict.darker > 2 * verdict.others > 2
    looked = [verdict.others for verdict in verdicts if verdict]
    assert set(looked) == set(range(exposures)) if settings["resample_data"] else {exposures - 1}
