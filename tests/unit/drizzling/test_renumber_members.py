"""Contexts whose members get other numbers."""

import numpy as np
import pytest
from wfimosaic.drizzling.context import members_touching, plane_count
from wfimosaic.drizzling.renumber_members import renumber_members


@pytest.mark.parametrize(("members", "count"), [(1, 1), (5, 32), (32, 33), (33, 40), (70, 131)])
def test_each_member_is_found_under_its_new_number(members, count):
    rng = np.random.default_rng(members)
    context = rng.integers(0, 2**32, (plane_count(members), 3, 4), dtype=np.uint32)
    context[-1] &= np.uint32((1 << (members - 1) % 32 + 1) - 1)
    numbers = rng.permutation(count)[:members].tolist()
    renumbered = renumber_members(context, numbers, count)
    assert renumbered.dtype == np.uint32 and len(renumbered) == (count + 31) // 32
    old = list(members_touching(context, members))
    for number, touched in enumerate(members_touching(renumbered, count)):
        expected = old[numbers.index(number)] if number in numbers else np.zeros((3, 4), bool)
        np.testing.assert_array_equal(touched, expected)
