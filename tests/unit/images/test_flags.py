"""flags: which pixels are good."""

import numpy as np
import pytest
from roman_datamodels.dqflags import pixel
from wfimosaic.errors import InputError
from wfimosaic.images.flag_bits import FLAG_BITS
from wfimosaic.images.flags import OUTLIER, bad_bits, good_pixels


@pytest.mark.parametrize(
    ("good_bits", "bad"),
    [
        ("~DO_NOT_USE+NON_SCIENCE", 1 | 512),
        ("~DO_NOT_USE", 1),
        ("~(DO_NOT_USE,OUTLIER)", 1 | 128),
        ("JUMP_DET|SATURATED", 0xFFFFFFFF & ~(4 | 2)),
        ("GOOD", 0xFFFFFFFF),
        ("0", 0xFFFFFFFF),
        (0, 0xFFFFFFFF),
        (4, 0xFFFFFFFF & ~4),
        (6, 0xFFFFFFFF & ~6),
        ("~1", 1),
        ("REFERENCE_PIXEL", 0x7FFFFFFF),
        (None, 0),
    ],
)
def test_flags_to_ignore_become_bits_that_are_bad(good_bits, bad):
    assert bad_bits(good_bits) == bad
    assert bad_bits(good_bits).dtype == np.uint32


@pytest.mark.parametrize("good_bits", ["DO_NOT_ABUSE", "~", 1.5])
def test_unknown_flags_are_refused(good_bits):
    with pytest.raises(InputError, match="are no data-quality flags"):
        bad_bits(good_bits)


def test_pixels_that_are_not_finite_are_never_good():
    data = np.float32([1, np.nan, np.inf, 1, 1, 1])
    dq = np.uint32([0, 0, 0, 1, 4, 1 << 31])
    assert good_pixels(data, dq, "~DO_NOT_USE").tolist() == [True, False, False, False, True, True]
    assert good_pixels(data, dq, None).tolist() == [True, False, False, True, True, True]
    assert good_pixels(data, dq, 0).tolist() == [True, False, False, False, False, False]


def test_bits_are_those_of_the_data_models():
    assert {name: int(flag) for name, flag in pixel.__members__.items()} == FLAG_BITS


def test_outliers_are_not_to_be_used():
    assert OUTLIER == pixel.DO_NOT_USE | pixel.OUTLIER == 129
