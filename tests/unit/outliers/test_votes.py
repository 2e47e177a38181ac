"""votes_needed: how many of the other exposures decide."""

import numpy as np
from wfimosaic.outliers.votes import votes_needed


def test_a_third_find_a_pixel_brighter_a_fifth_surely_half_above_noise_and_most_darker():
    looked = np.arange(1, 10)
    brighter, surely, above, darker = votes_needed(looked)
    assert brighter.tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert surely.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert above.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    # One or two cannot tell a dark pixel from a bright one.
    assert (darker[:2] > looked[:2]).all()
    assert darker[2:].tolist() == [2, 3, 3, 4, 4, 5, 5]
