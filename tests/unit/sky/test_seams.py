"""seams: steps between members, and what they are in units of their errors."""

import numpy as np
from wfimosaic.sky.seams import measure_seams
from wfimosaic.sky.sky_record import Overlap, SkyLevel, SkyRecord


def test_steps_are_those_of_the_record():
    overlaps = [
        Overlap(0, 1, 1.5, 1.0, 9, 9, 1, 1, 0.1, residual=0.2, residual_error=0.1),
        Overlap(0, 2, 1.5, 1.75, 9, 9, 1, 1, 0.0, residual=0.0, residual_error=0.0),
    ]
    found = measure_seams(SkyRecord("match", {}, overlaps, {}))
    np.testing.assert_array_equal(found.pairs, [(0, 1), (0, 2)])
    np.testing.assert_array_equal(found.before, [0.5, -0.25])
    np.testing.assert_array_equal(found.scaled, [2, 0])


def test_nothing_to_compare():
    found = measure_seams(SkyRecord("match", {"a": SkyLevel("", 0.0, "SKIPPED")}, [], {}))
    assert found.pairs.shape == (0, 2) and found.scaled.size == 0
