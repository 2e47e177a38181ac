"""list_members: what each member brought to the mosaic."""

import numpy as np
from wfimosaic.report.list_members import covered_by_each


def test_share_of_the_covered_pixels():
    # Pixels: nothing; members 0 and 1; member 0 and member 33 in the second plane.
    context = np.array([[[0, 0b11, 0b1]], [[0, 0, 0b10]]], np.uint32)
    np.testing.assert_allclose(covered_by_each(context, 34)[[0, 1, 2, 33]], [1, 0.5, 0, 0.5])
