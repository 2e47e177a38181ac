"""Members of several mosaics in one order."""

from collections import namedtuple

import pytest
from wfimosaic.mosaic.stitched_metadata import order_of_members

Mosaic = namedtuple("Mosaic", "members")


@pytest.mark.parametrize(
    ("members", "order"),
    [
        (["bd", "abc", "ce"], "abcde"),
        (["ab", "cd"], "abcd"),
        (["da", "db", "bc"], "dabc"),
        (["ab", "bc", "ca"], "abc"),
    ],
    ids=["sorted", "apart", "as they were given", "in contradiction"],
)
def test_order_agrees_with_each_mosaic(members, order):
    assert order_of_members([Mosaic(list(names)) for names in members]) == list(order)
