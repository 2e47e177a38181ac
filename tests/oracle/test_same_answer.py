"""The workflow gives what romancal gives, number by number. What may differ, and why, is in differences.md."""

from numpy.testing import assert_array_less

from . import metadata
from .comparison import HALF_PRECISION


def test_sky_levels(case, compared):
    assert compared.sky < (0.02 if "match" in case.sky_method else 1e-4)


def test_outliers(compared):
    assert min(compared.common_flags) >= 0.998


def test_grid(compared):
    # Our grid is romancal's, and as many whole pixels more on each side as bowed edges need.
    assert abs(compared.moved - compared.moved.round()).max() < 1e-3
    for ours, theirs, first in zip(
        compared.shape, compared.theirs.array("data").shape, compared.moved[::-1], strict=True
    ):
        assert 0 <= round(first) <= ours - theirs <= round(first) + 2 and round(first) <= 1
    assert compared.offset < 1e-3


def test_data(case, compared):
    # Half precision moves weights, and with them the mean of pixels that differ, as in the cores of stars.
    assert compared.deviation_of(0.999 if case.half_precision else 0.9999) < 0.02


def test_every_pixel_that_is_far_off_is_explained(compared):
    far, unexplained = compared.far_off
    assert unexplained == 0
    assert far < 1e-3 * compared.deviation.size


def test_little_is_left_out_as_explained(compared):
    assert compared.explained[~compared.border].mean() < 1e-3
    assert compared.border.mean() < 0.05


def test_weights_and_errors(case, compared):
    names = {"weight", "err", "var_rnoise", "var_poisson", "var_flat"} & set(compared.theirs.mosaic)
    ratios = {name: compared.ratio_of(name, 0.999) for name in names}
    assert_array_less(list(ratios.values()), HALF_PRECISION if case.half_precision else 1e-3, err_msg=str(ratios))
    # What is left out at a border that romancal does not cut exactly has to be right by itself.
    assert not compared.exact_border or abs(compared.border_weight - 1) < 0.01


def test_context(compared):
    assert compared.context < 1e-4


def test_footprint(compared):
    assert compared.footprint < 1e-4


def test_arrays(compared):
    ours, theirs = (
        {name: (array.dtype, array.shape) for name, array in tree.items() if hasattr(array, "shape")}
        for tree in (
            {name: products.mosaic[name] for name in products.mosaic} for products in (compared.ours, compared.theirs)
        )
    )
    assert ours == theirs


def test_data_quality(compared):
    if "dq" in compared.theirs.mosaic:
        assert (compared.ours.array("dq") != compared.theirs.array("dq")).mean() < 1e-4


def test_metadata(case, compared):
    ours, theirs = compared.ours.mosaic.meta, compared.theirs.mosaic.meta
    on_skycell = case.name == "skycell"
    assert metadata.differences(ours, theirs, compared.theirs.noise, compared.exact_border, on_skycell) == []
