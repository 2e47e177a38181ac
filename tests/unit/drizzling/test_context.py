"""context: where anything fell, and where a single exposure did."""

import numpy as np
from wfimosaic.drizzling.context import covered_and_single


def test_detectors_of_one_exposure_are_single():
    # Members 0 and 33 are one exposure, 1 and 31 are others. Plane 2 is missing: nothing fell on it.
    first = np.array([[0, 1 << 0, 0, 1 << 0, 1 << 1, 1 << 31 | 1 << 1]], np.uint32)
    second = np.array([[0, 0, 1 << 1, 1 << 1, 1 << 1, 0]], np.uint32)
    covered, single = covered_and_single({0: first, 1: second}, [[0, 33, 70], [1], [31], [69]])
    np.testing.assert_array_equal(covered, [[False, True, True, True, True, True]])
    np.testing.assert_array_equal(single, [[False, True, True, True, False, False]])
