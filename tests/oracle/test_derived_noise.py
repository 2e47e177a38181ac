"""New files leave the read noise out: what is left of the rounded total error weighs pixels, never negatively."""

import numpy as np
import pytest

from .cases import ALIKE
from .input_sets import simulate_set
from .products import read_products
from .run_steps import run_steps


@pytest.fixture(scope="module")
def both_sides(work, start_romancal):
    """Our and romancal's results on half-precision images without read noise."""
    association = simulate_set(work / "derived_float16", "float16", derived_noise=True)
    folder = work / "derived_romancal"
    romancal = start_romancal([{"kind": "mosaic", "folder": str(folder), "input": str(association), "settings": ALIKE}])
    ours = run_steps(association, ALIKE, work / "derived_ours")
    return read_products(ours), read_products(romancal.wait_for(folder))


def test_no_weight_is_negative(both_sides):
    ours, theirs = (products.array("weight") for products in both_sides)
    assert (ours >= 0).all()
    assert (theirs < 0).any(), "romancal has no negative weights any more: take the line out of differences.md"


def test_every_core_has_a_value(both_sides):
    ours, theirs = both_sides
    ours = ours.cut_like(theirs)
    lost = np.isnan(ours.array("data")) & np.isfinite(theirs.array("data"))
    assert not lost.any()
